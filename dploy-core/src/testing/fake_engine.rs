use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use futures::{
    StreamExt,
    channel::mpsc::{UnboundedSender, unbounded},
    stream::BoxStream,
};

use crate::environments::{
    ObjectKey,
    ports::{Engine, EngineError, Force, Readiness, ReadinessState, Release, ReleaseRef, Removal},
};

/// An engine that installs into memory: it does what it is told, when it is told, and records what it was asked for.
#[derive(Debug, Default)]
pub struct FakeEngine {
    ready_after: Option<u32>,
    slow_removal: bool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    releases: BTreeMap<ObjectKey, Installed>,
    /// What releases share: for each template, the revisions that were installed.
    shared: BTreeSet<(ObjectKey, String)>,
    mutations: usize,
    listeners: Vec<UnboundedSender<ObjectKey>>,
}

#[derive(Debug)]
struct Installed {
    release: Release,
    verdict: Option<Readiness>,
    looks: u32,
    removing: bool,
}

impl FakeEngine {
    /// An engine whose releases progress until [`succeed`](Self::succeed) or [`fail`](Self::fail), and go at once.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Releases become ready by themselves when they were applied `applies` times since their last change.
    #[must_use]
    pub fn ready_after(mut self, applies: u32) -> Self {
        self.ready_after = Some(applies);
        self
    }

    /// Releases that are removed without force stay until [`uninstall`](Self::uninstall).
    #[must_use]
    pub fn slow_removal(mut self) -> Self {
        self.slow_removal = true;
        self
    }

    /// Lets the release of an instance become ready.
    pub fn succeed(&self, instance: &ObjectKey) {
        self.judge(instance, ReadinessState::Ready, "InstallSucceeded", "the release is installed");
    }

    /// Lets the release of an instance fail for good.
    pub fn fail(&self, instance: &ObjectKey, reason: &str, message: &str) {
        self.judge(instance, ReadinessState::Failed, reason, message);
    }

    /// Lets the release of an instance, if it is being removed, go.
    pub fn uninstall(&self, instance: &ObjectKey) {
        let mut state = self.state();
        if state.releases.get(instance).is_some_and(|installed| installed.removing) {
            state.releases.remove(instance);
            state.tell(instance);
        }
    }

    /// Takes the release of an instance away, as somebody outside would.
    pub fn lose(&self, instance: &ObjectKey) {
        let mut state = self.state();
        state.releases.remove(instance);
        state.tell(instance);
    }

    /// The release of an instance as it was applied last.
    #[must_use]
    pub fn find(&self, instance: &ObjectKey) -> Option<Release> {
        self.state().releases.get(instance).map(|installed| installed.release.clone())
    }

    /// All releases in the order of their instances' names.
    #[must_use]
    pub fn releases(&self) -> Vec<Release> {
        self.state().releases.values().map(|installed| installed.release.clone()).collect()
    }

    /// The revisions of a template whose shared parts exist.
    #[must_use]
    pub fn shared(&self, template: &ObjectKey) -> BTreeSet<String> {
        let state = self.state();
        state.shared.iter().filter(|(of, _)| of == template).map(|(_, revision)| revision.clone()).collect()
    }

    /// How often something was created, changed or removed.
    #[must_use]
    pub fn mutations(&self) -> usize {
        self.state().mutations
    }

    fn judge(&self, instance: &ObjectKey, state: ReadinessState, reason: &str, message: &str) {
        let mut known = self.state();
        if let Some(installed) = known.releases.get_mut(instance) {
            installed.verdict = Some(readiness(state, reason, message));
        }
        known.tell(instance);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn tell(&mut self, instance: &ObjectKey) {
        self.listeners.retain(|listener| listener.unbounded_send(instance.clone()).is_ok());
    }

    fn write(&mut self, instance: &ObjectKey, release: &Release) {
        let installed = Installed { release: release.clone(), verdict: None, looks: 0, removing: false };
        self.releases.insert(instance.clone(), installed);
        self.mutations += 1;
        self.tell(instance);
    }
}

impl Installed {
    fn look(&mut self, ready_after: Option<u32>) -> Readiness {
        self.looks = self.looks.saturating_add(1);
        if self.removing {
            return readiness(ReadinessState::Progressing, "Terminating", "the release is being removed");
        }
        if self.verdict.is_none() && ready_after.is_some_and(|applies| self.looks >= applies) {
            self.verdict = Some(readiness(ReadinessState::Ready, "InstallSucceeded", "the release is installed"));
        }
        let pending = || readiness(ReadinessState::Progressing, "Installing", "the release is being installed");
        self.verdict.clone().unwrap_or_else(pending)
    }
}

#[async_trait]
impl Engine for FakeEngine {
    async fn apply(&self, release: &Release) -> Result<Readiness, EngineError> {
        let mut state = self.state();
        let key = key(&release.reference);
        let template = ObjectKey::new(&release.reference.namespace, &release.revision.template.name);
        let live = state.releases.get(&key).map(|installed| (installed.release.clone(), installed.removing));
        if live.as_ref().is_some_and(|(live, _)| live.reference != release.reference) {
            return Err(EngineError::NameTaken(format!("release {key}")));
        }
        if state.shared.insert((template, release.revision.name.clone())) {
            state.mutations += 1;
        }
        if live.is_none_or(|(live, removing)| !removing && live != *release) {
            state.write(&key, release);
        }
        let found = state.releases.get_mut(&key).map(|installed| installed.look(self.ready_after));
        Ok(found.unwrap_or_else(|| readiness(ReadinessState::Progressing, "Installing", "")))
    }

    async fn remove(&self, release: &ReleaseRef, force: Force) -> Result<Removal, EngineError> {
        let mut state = self.state();
        let key = key(release);
        let Some(installed) = state.releases.get_mut(&key).filter(|live| live.release.reference == *release) else {
            return Ok(Removal::Gone);
        };
        let first = !std::mem::replace(&mut installed.removing, true);
        let stays = self.slow_removal && force == Force::No;
        if !stays {
            state.releases.remove(&key);
        }
        if first || !stays {
            state.mutations += 1;
            state.tell(&key);
        }
        Ok(if stays { Removal::Pending(format!("waiting for {key} to be uninstalled")) } else { Removal::Gone })
    }

    async fn retain(&self, template: &ObjectKey, revisions: &BTreeSet<String>) -> Result<(), EngineError> {
        let mut state = self.state();
        let needed =
            |of: &Release| of.reference.namespace == template.namespace && of.revision.template.name == template.name;
        let mut kept = revisions.clone();
        let releases = state.releases.values().map(|installed| &installed.release);
        kept.extend(releases.filter(|release| needed(release)).map(|release| release.revision.name.clone()));
        let before = state.shared.len();
        state.shared.retain(|(of, revision)| of != template || kept.contains(revision));
        state.mutations += before - state.shared.len();
        Ok(())
    }

    fn changes(&self) -> BoxStream<'static, ObjectKey> {
        let (sender, receiver) = unbounded();
        self.state().listeners.push(sender);
        receiver.boxed()
    }
}

fn key(release: &ReleaseRef) -> ObjectKey {
    ObjectKey::new(&release.namespace, &release.instance.name)
}

fn readiness(state: ReadinessState, reason: &str, message: &str) -> Readiness {
    Readiness { state, reason: reason.to_owned(), message: message.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{
        builders,
        contract::{self, EngineWorld},
    };

    #[async_trait]
    impl EngineWorld for FakeEngine {
        fn engine(&self) -> &dyn Engine {
            self
        }

        async fn finish(&self, release: &ReleaseRef, state: ReadinessState) {
            match state {
                ReadinessState::Failed => self.fail(&key(release), "InstallFailed", "it does not start"),
                _ => self.succeed(&key(release)),
            }
        }

        async fn uninstall(&self, release: &ReleaseRef) {
            Self::uninstall(self, &key(release));
        }

        async fn mutations(&self) -> Option<usize> {
            Some(Self::mutations(self))
        }

        async fn lose(&self, release: &ReleaseRef) -> bool {
            Self::lose(self, &key(release));
            true
        }

        async fn shared(&self, template: &ObjectKey) -> Option<usize> {
            Some(Self::shared(self, template).len())
        }
    }

    #[tokio::test]
    async fn the_fake_keeps_the_contract_of_engines() {
        contract::engine(&FakeEngine::new()).await.unwrap();
        contract::engine(&FakeEngine::new().slow_removal()).await.unwrap();
    }

    #[tokio::test]
    async fn a_release_is_ready_after_as_many_applies_as_asked() {
        let engine = FakeEngine::new().ready_after(2);
        let release = builders::release("blog", "chart", "jane-blog");
        assert_eq!(engine.apply(&release).await.unwrap().state, ReadinessState::Progressing);
        assert_eq!(engine.apply(&release).await.unwrap().state, ReadinessState::Ready);
        assert_eq!(engine.releases(), [release]);
    }
}
