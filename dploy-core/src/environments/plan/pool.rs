//! Which members a pool gains and loses.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::{
    environments::{
        UidRef,
        instance::{Instance, InstancePhase},
        naming::member_name,
        template::Template,
    },
    plan::Plan,
    time::Timestamp,
};

/// Seconds before the first replacement of a failed member; doubled for each failure after it.
pub const RETRY_SECONDS: i64 = 10;
/// The longest time before a failed member is replaced, in seconds.
pub const RETRY_SECONDS_MAX: i64 = 600;

/// What is done for a pool.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Action {
    /// A member of this name is made; `attempt` says how often the slot's members failed before.
    Create {
        /// The name, derived from the slot.
        name: String,
        /// Failures in a row before this one.
        attempt: u32,
    },
    /// This free member is removed.
    Remove(UidRef),
}

/// What a decision about a pool sees.
#[derive(Clone, Debug)]
pub struct Observation<'a> {
    /// The template, if it exists, is accepted and not being deleted.
    pub template: Option<&'a Template>,
    /// All pool members of the template's name that exist, those being deleted too.
    pub members: &'a [Arc<Instance>],
    /// The names of all other instances that exist in the namespace and could hold a slot's name.
    pub names: &'a BTreeSet<String>,
    /// Failures in a row by the name of the slot, as remembered since they happened.
    pub failures: &'a BTreeMap<String, u32>,
    /// The uids of free members that are to be replaced by members of the newest revision.
    pub outdated: &'a BTreeSet<String>,
    /// Whether an administrator wants no free members.
    pub drained: bool,
}

/// How many members of a pool there are, for its status.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counters {
    /// Free and ready.
    pub available: u32,
    /// Claimed.
    pub claimed: u32,
    /// All that are not being deleted.
    pub total: u32,
}

/// Counts live instances of a template.
#[must_use]
pub fn count<'a>(instances: impl IntoIterator<Item = &'a Arc<Instance>>) -> Counters {
    let mut counters = Counters::default();
    for instance in instances.into_iter().filter(|instance| !instance.meta.is_deleting()) {
        counters.total += 1;
        counters.available += u32::from(instance.is_available());
        counters.claimed += u32::from(instance.pooled && !instance.is_free());
    }
    counters
}

/// How many free members a pool is to have.
#[must_use]
pub fn desired_free(template: Option<&Template>, members: &[Arc<Instance>]) -> u32 {
    let Some(pool) = template.filter(|template| template.enabled).and_then(Template::pool) else { return 0 };
    let claimed = u32::try_from(members.iter().filter(|member| !member.is_free()).count()).unwrap_or(u32::MAX);
    let wanted = if pool.recycle { pool.size } else { pool.size.saturating_sub(claimed) };
    wanted.min(pool.max_size.map_or(u32::MAX, |max| max.saturating_sub(claimed)))
}

/// Decides what a pool gains and loses. A claimed member is never removed.
#[must_use]
pub fn plan_pool(seen: &Observation<'_>, now: Timestamp) -> Plan<Action> {
    let desired = desired_free(seen.template.filter(|_| !seen.drained), seen.members) as usize;
    let mut plan = Plan::default();
    let mut free: Vec<_> =
        seen.members.iter().filter(|member| member.is_free() && !member.meta.is_deleting()).collect();
    free.sort_by_key(|member| (keep_rank(member), member.meta.created, member.meta.key.name.clone()));
    for surplus in free.split_off(desired.min(free.len())).into_iter().rev() {
        plan.actions.push(Action::Remove(surplus.reference()));
    }
    for failed in free.iter().filter(|member| member.status.phase == InstancePhase::Failed) {
        let due = retry_at(failed);
        if due <= now { plan.actions.push(Action::Remove(failed.reference())) } else { plan.wake_by(due) }
    }
    replace(&mut plan, &free, seen.outdated, desired);
    if let Some(template) = seen.template {
        fill(&mut plan, seen, template, desired.saturating_sub(free.len()));
    }
    plan
}

/// Removes outdated members: those that nobody could be given at once, ready ones while three quarters of the pool are
/// ready, but one at least.
fn replace(plan: &mut Plan<Action>, free: &[&Arc<Instance>], outdated: &BTreeSet<String>, desired: usize) {
    let ready = free.iter().filter(|member| member.is_available()).count();
    let spare = (desired / 4).max(1).saturating_sub(desired.saturating_sub(ready));
    let outdated = free.iter().filter(|member| outdated.contains(&member.meta.uid));
    let (ready, other): (Vec<&&Arc<Instance>>, Vec<_>) = outdated.partition(|member| member.is_available());
    for member in ready.into_iter().take(spare).chain(other) {
        let remove = Action::Remove(member.reference());
        if !plan.actions.contains(&remove) {
            plan.actions.push(remove);
        }
    }
}

/// Which members are kept first: ready ones, then those on their way, then failed ones; older before newer.
fn keep_rank(member: &Instance) -> u8 {
    match member.status.phase {
        InstancePhase::Available => 0,
        InstancePhase::Failed => 2,
        _ => 1,
    }
}

fn retry_at(failed: &Instance) -> Timestamp {
    let since = failed.status.ready.as_ref().and_then(|ready| ready.since).unwrap_or(failed.meta.created);
    let delay = RETRY_SECONDS.saturating_mul(1 << failed.attempt.min(10)).min(RETRY_SECONDS_MAX);
    since.plus_seconds(delay)
}

/// Adds members in the lowest free slots, within the bound on all members that exist.
fn fill(plan: &mut Plan<Action>, seen: &Observation<'_>, template: &Template, missing: usize) {
    let bound = template.pool().and_then(|pool| pool.max_size).map_or(usize::MAX, |max| max as usize);
    let room = bound.saturating_sub(seen.members.len());
    let taken: BTreeSet<_> = seen.members.iter().map(|member| member.meta.key.name.as_str()).collect();
    let names = (0..).map(|slot| member_name(&template.name, &template.uid, slot));
    let unheld = names.filter(|name| !taken.contains(name.as_str()) && !seen.names.contains(name));
    plan.actions.extend(unheld.take(missing.min(room)).map(|name| {
        let attempt = seen.failures.get(&name).copied().unwrap_or(0);
        Action::Create { name, attempt }
    }));
}
