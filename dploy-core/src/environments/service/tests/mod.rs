//! Stories of the use cases on a platform in memory.

mod admin;
mod administration;
mod create;
mod lifecycle;
mod outcomes;
mod ownership;
mod replicas;

use std::{sync::Arc, time::Duration};

use super::{Address, Environment, Environments, Options, Request};
use crate::{
    environments::ports::{ClaimStore, Observer},
    testing::{FixedClock, MemoryPlatform, builders::CREATED},
    time::Timestamp,
};

struct World {
    clock: Arc<FixedClock>,
    platform: Arc<MemoryPlatform>,
    environments: Arc<Environments>,
}

fn world() -> World {
    world_with(options())
}

fn options() -> Options {
    Options { claim_wait: Duration::from_millis(20), ..Options::default() }
}

fn world_with(options: Options) -> World {
    let clock = Arc::new(FixedClock::at(Timestamp::from_unix_seconds(CREATED)));
    let platform = MemoryPlatform::new(clock.clone());
    let environments = service(platform.clone(), platform.clone(), clock.clone(), options);
    World { clock, platform, environments }
}

fn service(
    observer: Arc<dyn Observer>,
    store: Arc<dyn ClaimStore>,
    clock: Arc<FixedClock>,
    options: Options,
) -> Arc<Environments> {
    Arc::new(Environments::new(observer, store, clock, options))
}

fn with_params(params: &[(&str, &str)]) -> Request {
    let params = params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Request { params, ..Request::default() }
}

fn of(template: &str) -> Address<'_> {
    Address::Template { name: template, owner: None }
}

fn anything() -> Request {
    Request::default()
}

fn for_owner(owner: &str) -> Request {
    Request { owner: Some(owner.to_owned()), ..Request::default() }
}

fn at(seconds: i64) -> Option<Timestamp> {
    Some(Timestamp::from_unix_seconds(CREATED + seconds))
}
