use std::collections::{BTreeMap, BTreeSet};

use crate::{
    environments::{
        ObjectKey, UidRef,
        orphans::{Belonging, Holder},
        plan::orphans::{Observation, Orphan, plan_orphans},
    },
    time::Timestamp,
};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(seconds)
}

fn namespace(owner: &str) -> Belonging {
    let holder = UidRef { name: owner.to_owned(), uid: format!("uid-of-{owner}") };
    Belonging {
        kind: "Namespace",
        key: ObjectKey::new("", format!("ns-{owner}")),
        uid: format!("ns-of-{owner}"),
        owner: Holder::Instance("n".to_owned(), holder),
        deleting: false,
    }
}

fn release(owner: &str) -> Belonging {
    let key = ObjectKey::new("n", owner);
    Belonging { kind: "HelmRelease", key, uid: format!("release-of-{owner}"), ..namespace(owner) }
}

fn orphans(found: &[Belonging], living: &[&str], seen: &[(&str, i64)], now: i64) -> Vec<Orphan> {
    let living: BTreeSet<_> = living.iter().map(|name| format!("uid-of-{name}")).collect();
    let seen: BTreeMap<_, _> = seen.iter().map(|(uid, since)| ((*uid).to_owned(), at(*since))).collect();
    plan_orphans(Observation { found, living: &living, seen: &seen, grace_seconds: 60 }, at(now))
}

fn told(orphans: &[Orphan]) -> Vec<(&str, bool)> {
    orphans.iter().map(|orphan| (orphan.belonging.uid.as_str(), orphan.due)).collect()
}

#[test]
fn s57_only_what_belongs_to_nothing_is_an_orphan_and_is_due_after_the_grace_period() {
    let found = [namespace("a"), namespace("b")];
    assert_eq!(told(&orphans(&found, &["a", "b"], &[], 0)), []);
    let first = orphans(&found, &["a"], &[], 100);
    assert_eq!((told(&first), first[0].since), (vec![("ns-of-b", false)], at(100)));
    assert_eq!(told(&orphans(&found, &["a"], &[("ns-of-b", 100)], 159)), [("ns-of-b", false)]);
    assert_eq!(told(&orphans(&found, &["a"], &[("ns-of-b", 100)], 160)), [("ns-of-b", true)]);
}

#[test]
fn s57_a_namespace_goes_after_what_its_engine_uninstalls() {
    let found = [namespace("a"), release("a")];
    let seen = [("ns-of-a", 0), ("release-of-a", 0)];
    assert_eq!(told(&orphans(&found, &[], &seen, 60)), [("release-of-a", true), ("ns-of-a", false)]);
    let going = [namespace("a"), Belonging { deleting: true, ..release("a") }];
    assert_eq!(told(&orphans(&going, &[], &seen, 60)), [("release-of-a", false), ("ns-of-a", false)]);
    assert_eq!(told(&orphans(&found[..1], &[], &seen, 60)), [("ns-of-a", true)]);
}
