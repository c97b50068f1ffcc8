//! Releases: CI drafts a version, uploads its manifests and publishes it; a person or a policy deploys it by a commit to a
//! gitops repository.
//!
//! An [`Application`](application::Application) has [`Version`](version::Version)s. A [`Target`](target::Target) is a
//! declared environment: a folder of a branch. A [`Deployment`](deployment::Deployment) brings a version to a target; it is
//! queued by somebody or by an [`AutoDeployPolicy`](policy::AutoDeployPolicy), and carried out by one worker for each
//! repository.
//!
//! ```text
//! name · file · page                                                    what is read from callers
//! application · version · target · policy · pattern · deployment        what the words mean
//! access · api_key · audit                                              who may do what, who did what
//! manifest · service_file · diff                                        the files of versions
//! plan                                                                  every decision, pure and total
//! ports                                                                 what the outside must offer
//! service                                                               what API and CLI call
//! queue                                                                 the worker that carries deployments out
//! ```

pub mod access;
pub mod api_key;
pub mod application;
pub mod audit;
pub mod deployment;
pub mod diff;
pub mod error;
pub mod file;
pub mod manifest;
pub mod name;
pub mod page;
pub mod pattern;
pub mod plan;
pub mod policy;
pub mod ports;
pub mod queue;
pub mod service;
pub mod service_file;
pub mod target;
pub mod version;
