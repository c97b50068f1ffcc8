//! The clients of the release service, under each of their names.

mod accepted;
mod build;
mod completion;
mod configuration;
mod desk;
mod diff;
mod exits;
mod flow;
mod origin;
mod outputs;
mod paging;
mod publish;
mod rollback;
mod upload;
mod wait;
