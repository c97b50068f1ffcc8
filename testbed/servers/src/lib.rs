#![doc = include_str!("../README.md")]

mod error;
mod faults;
mod git;
mod link;
mod loopback;
mod minio;
mod postgres;
mod programs;
mod s3;
mod skip;
mod supervisor;
mod users;

pub use error::Error;
pub use faults::Faults;
pub use git::{Commit, GitHttps, GitRepository, GitSsh};
pub use link::Link;
pub use minio::Minio;
pub use postgres::Postgres;
pub use programs::{Requirement, requirements};
pub use s3::S3;
pub use skip::{required, skip_or_fail};
