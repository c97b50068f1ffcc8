//! What an edit of a template means for an instance that stands.

use crate::{
    environments::{
        instance::{Instance, InstanceStatus},
        rendering::RenderError,
        settings::{Revision, Settings},
        template::{Method, Rollout, Template, TtlSpec},
    },
    time::Timestamp,
};

use super::claim::trouble;

/// What becomes of an instance when its template has a newer revision.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Course {
    /// It stays on the revision that it is pinned to.
    Stays,
    /// It moves to the newest revision, in its place.
    Moves,
    /// Another takes its place.
    Replaced,
}

/// Decides what becomes of `instance`, made from `pinned`, now that `newest` is the template's revision.
///
/// A claimed pool member stays: its values are not rendered again. So does an on-demand instance where the newest revision
/// asks for another engine, which would have to take its workload down first.
#[must_use]
pub fn plan_rollout(instance: &Instance, pinned: &Revision, newest: &Revision) -> Course {
    let follows = newest.template.rollout == Rollout::Follow;
    if !follows || instance.meta.is_deleting() || !outdates(newest, pinned) {
        return Course::Stays;
    }
    let engine = |revision: &Revision| revision.settings.engine_of(&revision.template);
    match (instance.pooled, instance.is_free()) {
        (true, true) => Course::Replaced,
        (true, false) => Course::Stays,
        (false, _) if engine(newest) != engine(pinned) => Course::Stays,
        (false, _) => Course::Moves,
    }
}

/// The status of an instance that the newest revision cannot be rendered for, or can be now.
#[must_use]
pub fn with_outdated(
    instance: &Instance,
    mut status: InstanceStatus,
    error: Option<&RenderError>,
    now: Timestamp,
) -> InstanceStatus {
    let why = |error: &RenderError| (error.reason, format!("it stays as it was made: {error}"));
    status.outdated = trouble(instance.status.outdated.as_ref(), error.map(why), now);
    status
}

/// Whether an instance of `newest` would be another than one of `older`.
///
/// What only the catalogue shows and what only claims are granted makes no difference, unless a text can read it.
fn outdates(newest: &Revision, older: &Revision) -> bool {
    let told = reads_template(newest) || reads_template(older);
    let part = |revision: &Revision| if told { revision.clone() } else { installed(revision) };
    let (newest, older) = (part(newest), part(older));
    (newest.template, newest.settings) != (older.template, older.settings)
}

/// Whether a text may read the template itself.
fn reads_template(revision: &Revision) -> bool {
    let (template, settings) = (&revision.template, &revision.settings);
    let own = [Some(&template.values_template), template.url_template.as_ref(), template.message_template.as_ref()];
    let shared = [settings.url_template.as_ref(), settings.message_template.as_ref()];
    own.into_iter().chain(shared).flatten().any(|text| text.contains(".Template"))
}

/// The part of a revision that decides what is installed and how it is reached.
fn installed(revision: &Revision) -> Revision {
    let (template, settings, built_in) = (&revision.template, &revision.settings, Settings::default());
    Revision {
        name: String::new(),
        template: Template {
            labels: Default::default(),
            annotations: Default::default(),
            display_name: String::new(),
            description: String::new(),
            icon: String::new(),
            category: String::new(),
            enabled: true,
            visible: true,
            owner_claim: None,
            method: Method::OnDemand,
            engine: Some(settings.engine_of(template)),
            ttl: TtlSpec::default(),
            max_instances_per_user: None,
            max_lifetime_seconds: None,
            idle_seconds: None,
            rollout: Rollout::Follow,
            claims: None,
            provision_timeout: Template::PROVISION_TIMEOUT,
            ..template.clone()
        },
        settings: Settings {
            engine: built_in.engine,
            ttl_seconds: built_in.ttl_seconds,
            extend_seconds: built_in.extend_seconds,
            max_extends: built_in.max_extends,
            max_instances_per_user: built_in.max_instances_per_user,
            ..settings.clone()
        },
    }
}
