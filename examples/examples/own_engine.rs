//! An engine of your own: it runs releases as jobs of one machine, and keeps the contract that every engine has to.
//!
//! `cargo run -p dploy-examples --example own_engine`
#![allow(clippy::print_stdout, reason = "an example talks to its reader")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use dploy_core::environments::ObjectKey;
use dploy_core::environments::ports::{
    Engine, EngineError, Force, Readiness, ReadinessState, Release, ReleaseRef, Removal,
};
use dploy_core::testing::contract::{self, EngineWorld};
use futures::{StreamExt, channel::mpsc, stream::BoxStream};

/// What runs, and who wants to know. A real engine would start and stop processes where this one edits its table.
#[derive(Debug, Default)]
struct Machine {
    jobs: BTreeMap<ObjectKey, (Release, ReadinessState)>,
    listeners: Vec<mpsc::UnboundedSender<ObjectKey>>,
}

#[derive(Debug, Default)]
struct MachineEngine(Mutex<Machine>);

impl MachineEngine {
    fn machine(&self) -> MutexGuard<'_, Machine> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a job into the table, or takes it out, and tells of it.
    fn set(&self, key: &ObjectKey, job: Option<(Release, ReadinessState)>) {
        let mut machine = self.machine();
        match job {
            Some(job) => drop(machine.jobs.insert(key.clone(), job)),
            None => drop(machine.jobs.remove(key)),
        }
        machine.listeners.retain(|listener| listener.unbounded_send(key.clone()).is_ok());
    }

    /// The job of an instance.
    fn find(&self, release: &ReleaseRef) -> (ObjectKey, Option<(Release, ReadinessState)>) {
        let key = ObjectKey::new(&release.namespace, &release.instance.name);
        let job = self.machine().jobs.get(&key).cloned();
        (key, job)
    }
}

#[async_trait]
impl Engine for MachineEngine {
    async fn apply(&self, release: &Release) -> Result<Readiness, EngineError> {
        let (key, job) = self.find(&release.reference);
        let mut state = ReadinessState::Progressing;
        match job {
            // Another incarnation of the instance has the name: what is not ours is never touched.
            Some((live, _)) if live.reference != release.reference => Err(EngineError::NameTaken(key.to_string()))?,
            // Nothing to do. What ran before something changed says nothing about what is wanted now.
            Some((live, verdict)) if live == *release => state = verdict,
            _ => self.set(&key, Some((release.clone(), state))),
        }
        Ok(Readiness { state, reason: format!("Job{state:?}"), message: format!("the job of {key}") })
    }

    async fn remove(&self, release: &ReleaseRef, _force: Force) -> Result<Removal, EngineError> {
        let (key, job) = self.find(release);
        if job.is_some_and(|(live, _)| live.reference == *release) {
            self.set(&key, None);
        }
        Ok(Removal::Gone)
    }

    async fn retain(&self, _template: &ObjectKey, _revisions: &BTreeSet<String>) -> Result<(), EngineError> {
        Ok(()) // Jobs share nothing.
    }

    fn changes(&self) -> BoxStream<'static, ObjectKey> {
        let (sender, receiver) = mpsc::unbounded();
        self.machine().listeners.push(sender);
        receiver.boxed()
    }
}

#[async_trait]
impl EngineWorld for MachineEngine {
    fn engine(&self) -> &dyn Engine {
        self
    }

    async fn finish(&self, release: &ReleaseRef, state: ReadinessState) {
        let (key, job) = self.find(release);
        self.set(&key, job.map(|(live, _)| (live, state)));
    }
}

#[tokio::main]
async fn main() -> Result<(), EngineError> {
    contract::engine(&MachineEngine::default()).await.inspect(|()| println!("the engine keeps the contract"))
}
