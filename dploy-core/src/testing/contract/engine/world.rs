use async_trait::async_trait;

use crate::{
    environments::{
        ObjectKey,
        ports::{Engine, EngineError, Force, Readiness, ReadinessState, Release, ReleaseRef, Removal},
    },
    json::Json,
    testing::builders,
};

/// How many pauses an outcome may take.
const PATIENCE: usize = 600;

/// The engine under test and what surrounds it: the part that controllers and clusters play for a real one.
#[async_trait]
pub trait EngineWorld: Send + Sync {
    /// The engine.
    fn engine(&self) -> &dyn Engine;

    /// Lets what was applied last come to its end: `Ready`, or `Failed` for good. Where nothing is there, nothing happens.
    async fn finish(&self, release: &ReleaseRef, state: ReadinessState);

    /// Lets the uninstalling of a release that is being removed come to its end.
    async fn uninstall(&self, release: &ReleaseRef) {
        let _ = release;
    }

    /// Lets a moment pass, long enough that something is seen to happen within 600 of them.
    async fn pause(&self) {}

    /// Fits a release to this world: the instance made for real, another chart, another namespace of the engine.
    async fn prepare(&self, release: Release) -> Release {
        release
    }

    /// How many requests that mutate the engine has made; `None` where that cannot be told.
    async fn mutations(&self) -> Option<usize> {
        None
    }

    /// Takes away from outside what the engine made for a release; `false` where that cannot be done.
    async fn lose(&self, release: &ReleaseRef) -> bool {
        let _ = release;
        false
    }

    /// How many things exist that releases of one template share; `None` where that cannot be told.
    async fn shared(&self, template: &ObjectKey) -> Option<usize> {
        let _ = template;
        None
    }
}

/// A release of an instance `name`, from a revision of template `contract-<template>` whose chart is `chart`.
pub(super) async fn sample(world: &dyn EngineWorld, template: &str, chart: &str, name: &str) -> Release {
    world.prepare(builders::release(&format!("contract-{template}"), chart, &format!("contract-{name}"))).await
}

/// The same installation with other values.
pub(super) fn changed(release: &Release) -> Release {
    Release { values: Some(Json::from(serde_json::json!({ "replicas": 2 }))), ..release.clone() }
}

/// The instance that a release is of.
pub(super) fn key(release: &Release) -> ObjectKey {
    ObjectKey::new(&release.reference.namespace, &release.reference.instance.name)
}

/// The template that a release is of.
pub(super) fn template(release: &Release) -> ObjectKey {
    ObjectKey::new(&release.reference.namespace, &release.revision.template.name)
}

/// Applies again and again until the release is where it is wanted.
///
/// # Errors
/// The engine did not answer where it has to.
///
/// # Panics
/// It does not get there, or the engine gives no reason.
pub async fn settle(
    world: &dyn EngineWorld,
    release: &Release,
    wanted: ReadinessState,
) -> Result<Readiness, EngineError> {
    let mut last = world.engine().apply(release).await?;
    for _ in 0..PATIENCE {
        if last.state == wanted {
            break;
        }
        world.pause().await;
        last = world.engine().apply(release).await?;
    }
    assert_eq!(last.state, wanted, "{} should be {wanted:?}: {last:?}", key(release));
    assert!(!last.reason.is_empty(), "{wanted:?} has a reason");
    Ok(last)
}

/// Applies a release and lets it come up, as soon as something is there: what is on its way out is not made again before
/// it is gone.
pub(super) async fn install(world: &dyn EngineWorld, release: &Release) -> Result<(), EngineError> {
    world.engine().apply(release).await?;
    for _ in 0..PATIENCE {
        world.finish(&release.reference, ReadinessState::Ready).await;
        if world.engine().apply(release).await?.state == ReadinessState::Ready {
            break;
        }
        world.pause().await;
    }
    settle(world, release, ReadinessState::Ready).await.map(drop)
}

/// Removes a release, letting it be uninstalled unless `force` has to do without.
pub(super) async fn remove(world: &dyn EngineWorld, release: &ReleaseRef, force: Force) -> Result<(), EngineError> {
    let mut last = world.engine().remove(release, force).await?;
    for _ in 0..PATIENCE {
        if last == Removal::Gone {
            break;
        }
        if force == Force::No {
            world.uninstall(release).await;
        }
        world.pause().await;
        last = world.engine().remove(release, force).await?;
    }
    assert_eq!(last, Removal::Gone, "{} should be gone", release.instance.name);
    Ok(())
}

/// Waits for `wanted` among the changes.
pub(super) async fn told(
    world: &dyn EngineWorld,
    changes: &mut futures::stream::BoxStream<'static, ObjectKey>,
    wanted: &ObjectKey,
) -> bool {
    use futures::{StreamExt, future, future::Either};
    for _ in 0..PATIENCE {
        loop {
            match future::select(changes.next(), world.pause()).await {
                Either::Left((Some(key), _)) if key == *wanted => return true,
                Either::Left((Some(_), _)) => {}
                Either::Left((None, _)) => return false,
                Either::Right(_) => break,
            }
        }
    }
    false
}

/// Asserts that the engine writes nothing while `release` is applied again.
pub(super) async fn assert_quiet(world: &dyn EngineWorld, release: &Release) -> Result<(), EngineError> {
    let before = world.mutations().await;
    for _ in 0..3 {
        let again = world.engine().apply(release).await?;
        assert_eq!(again.state, ReadinessState::Ready, "an unchanged release stays ready: {again:?}");
        world.pause().await;
    }
    assert_eq!(world.mutations().await, before, "an unchanged release makes no request that mutates");
    Ok(())
}
