use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use k8s_openapi::api::core::v1::ConfigMap;
use kube::ResourceExt;
use kube::api::ObjectMeta;
use proptest::prelude::*;

use super::{Begun, Cache, Listing, Malformed};
use crate::cluster::ObjectKey;

/// A ConfigMap of that name, identity and version.
fn object(name: &str, uid: &str, version: u64) -> ConfigMap {
    ConfigMap {
        metadata: ObjectMeta {
            namespace: Some("apps".into()),
            name: Some(name.into()),
            uid: Some(uid.into()),
            resource_version: Some(version.to_string()),
            labels: Some(
                [("colour".to_owned(), if version.is_multiple_of(2) { "red" } else { "blue" }.to_owned())].into(),
            ),
            ..ObjectMeta::default()
        },
        ..ConfigMap::default()
    }
}

fn key(name: &str) -> ObjectKey {
    ObjectKey::namespaced("apps", name)
}

fn cache() -> Cache<ConfigMap> {
    Cache::builder()
        .index("colour", |object: &ConfigMap| object.labels().get("colour").cloned().into_iter().collect())
        .build()
}

fn list(cache: &Cache<ConfigMap>, objects: Vec<ConfigMap>, version: u64) {
    list_since(cache, objects, version, cache.list_begins());
}

fn list_since(cache: &Cache<ConfigMap>, objects: Vec<ConfigMap>, version: u64, begun: Begun) {
    let objects = objects.into_iter().map(Arc::new).collect();
    cache.listed(Listing { objects, malformed: vec![], version: version.to_string() }, begun);
}

/// Name, uid and version of everything in the cache.
fn content(cache: &Cache<ConfigMap>) -> Vec<(String, String, u64)> {
    let view = |object: &Arc<ConfigMap>| {
        (object.name_any(), object.uid().unwrap(), object.resource_version().unwrap().parse().unwrap())
    };
    cache.scan().map(|object| view(&object)).collect()
}

fn one(name: &str, uid: &str, version: u64) -> Vec<(String, String, u64)> {
    vec![(name.into(), uid.into(), version)]
}

#[test]
fn a_stale_event_does_not_undo_an_own_write() {
    let cache = cache();
    list(&cache, vec![object("a", "1", 5)], 5);
    cache.observe_written(object("a", "1", 9));
    cache.watched(object("a", "1", 7));
    assert_eq!(content(&cache), one("a", "1", 9));
    cache.watched(object("a", "1", 9));
    cache.watched(object("a", "1", 11));
    assert_eq!(content(&cache), one("a", "1", 11));
}

#[test]
fn a_late_answer_does_not_undo_what_the_watch_has_told() {
    let cache = cache();
    list(&cache, vec![], 5);
    cache.watched(object("a", "1", 8));
    cache.observe_written(object("a", "1", 7));
    assert_eq!(content(&cache), one("a", "1", 8));
    cache.watched_delete(&object("a", "1", 9).metadata);
    cache.observe_written(object("a", "1", 8));
    assert_eq!(content(&cache), [], "deleted by somebody else before our answer came");
}

#[test]
fn a_stale_event_does_not_resurrect_what_we_deleted() {
    let cache = cache();
    list(&cache, vec![object("a", "1", 5)], 5);
    cache.observe_deleted(&key("a"), "1");
    assert_eq!(content(&cache), []);
    cache.watched(object("a", "1", 7));
    assert_eq!(content(&cache), [], "an event from before the delete");
    cache.watched_delete(&object("a", "1", 9).metadata);
    cache.watched(object("a", "2", 10));
    assert_eq!(content(&cache), one("a", "2", 10), "another object of the same name");
}

#[test]
fn the_deletion_of_a_predecessor_does_not_remove_its_successor() {
    let cache = cache();
    list(&cache, vec![object("a", "1", 5)], 5);
    cache.observe_written(object("a", "2", 9));
    cache.watched_delete(&object("a", "1", 8).metadata);
    assert_eq!(content(&cache), one("a", "2", 9));
}

#[test]
fn an_own_write_that_the_watch_passed_without_showing_is_gone() {
    let cache = cache();
    list(&cache, vec![], 5);
    cache.observe_written(object("a", "1", 7));
    cache.bookmark("6");
    assert_eq!(content(&cache), one("a", "1", 7));
    cache.bookmark("7");
    assert_eq!(content(&cache), []);
}

#[test]
fn a_relist_keeps_what_was_written_after_it_and_nothing_that_is_gone() {
    let cache = cache();
    list(&cache, vec![object("old", "1", 3), object("kept", "2", 4)], 5);
    let begun = cache.list_begins();
    cache.observe_written(object("new", "3", 12));
    cache.observe_deleted(&key("kept"), "2");
    list_since(&cache, vec![object("kept", "2", 4)], 10, begun);
    assert_eq!(content(&cache), one("new", "3", 12));
    cache.watched_delete(&object("kept", "2", 13).metadata);
    assert_eq!(content(&cache), [], "13 has passed 12 without showing it");
}

#[test]
fn a_rewound_history_is_taken_over() {
    let cache = cache();
    list(&cache, vec![object("a", "1", 50), object("b", "2", 60)], 100);
    list(&cache, vec![object("a", "1", 40)], 45);
    assert_eq!(content(&cache), one("a", "1", 40));
    cache.watched(object("a", "1", 46));
    assert_eq!(content(&cache), one("a", "1", 46));
}

#[test]
fn a_malformed_object_leaves_what_was_known() {
    let cache = cache();
    list(&cache, vec![object("a", "1", 5)], 5);
    cache.watched_malformed(&malformed("a", "1", 6));
    assert_eq!(content(&cache), one("a", "1", 5));
    let listing = Listing { objects: vec![], malformed: vec![malformed("a", "1", 6)], version: "8".into() };
    cache.listed(listing, cache.list_begins());
    assert_eq!(content(&cache), one("a", "1", 5));
    cache.watched_malformed(&malformed("a", "2", 9));
    assert_eq!(content(&cache), [], "another object of the same name");
}

fn malformed(name: &str, uid: &str, version: u64) -> Malformed {
    Malformed { meta: object(name, uid, version).metadata, error: "no such variant".into() }
}

#[test]
fn what_cannot_be_read_is_told_until_it_can_be_or_is_gone() {
    let cache = cache();
    let listing = |malformed, version: &str| Listing { objects: vec![], malformed, version: version.into() };
    cache.listed(listing(vec![malformed("a", "1", 5)], "5"), cache.list_begins());
    let mut told = cache.subscribe_unreadable();
    assert_eq!(told.try_recv().unwrap(), key("a"), "what was listed before");
    assert_eq!(cache.unreadable(&key("a")).as_deref(), Some("no such variant"));
    assert_eq!(cache.unreadable_uids(), ["1"]);
    cache.watched(object("a", "1", 6));
    assert_eq!(cache.unreadable(&key("a")), None);
    cache.watched_malformed(&malformed("b", "2", 7));
    assert_eq!(told.try_recv().unwrap(), key("b"));
    cache.watched_delete(&object("b", "2", 8).metadata);
    assert_eq!(cache.unreadable(&key("b")), None);
    cache.watched_malformed(&malformed("c", "3", 9));
    cache.listed(listing(vec![], "10"), cache.list_begins());
    assert_eq!(cache.unreadable(&key("c")), None, "a list shows everything");
}

#[test]
fn without_comparable_versions_the_watch_wins() {
    let opaque = |version: &str| {
        let mut object = object("a", "1", 0);
        object.metadata.resource_version = Some(version.into());
        object
    };
    let cache = cache();
    cache.watched(opaque("x"));
    cache.observe_written(opaque("y"));
    assert_eq!(cache.get(&key("a")).unwrap().resource_version().unwrap(), "y");
    cache.watched(opaque("w"));
    assert_eq!(cache.get(&key("a")).unwrap().resource_version().unwrap(), "w");
}

#[test]
fn managed_fields_and_what_the_builder_says_are_dropped() {
    let cache = Cache::builder().modify(|object: &mut ConfigMap| object.data = None).build();
    let mut wanted = object("a", "1", 1);
    wanted.metadata.managed_fields = Some(vec![Default::default()]);
    wanted.data = Some([("k".to_owned(), "v".to_owned())].into());
    let kept = cache.observe_written(wanted);
    assert_eq!((&kept.metadata.managed_fields, &kept.data), (&None, &None));
}

#[test]
fn subscribers_see_what_is_there_and_then_every_change_with_both_sides() {
    let cache = cache();
    list(&cache, vec![object("a", "1", 1)], 1);
    let mut changes = cache.subscribe();
    cache.watched(object("a", "1", 2));
    cache.watched(object("a", "1", 2));
    cache.watched_delete(&object("a", "1", 3).metadata);
    let version = |object: &Option<Arc<ConfigMap>>| object.as_ref().and_then(|o| o.resource_version());
    let seen: Vec<_> =
        std::iter::from_fn(|| changes.try_recv().ok()).map(|c| (version(&c.old), version(&c.new))).collect();
    let some = |version: &str| Some(version.to_owned());
    assert_eq!(seen, [(None, some("1")), (some("1"), some("2")), (some("2"), None)]);
}

#[tokio::test]
async fn a_waiter_sees_the_change_it_waits_for() {
    let cache = cache();
    let writer = cache.clone();
    let (a, b) = (key("a"), key("b"));
    let wait = cache.wait_for(&a, |object| object.and_then(|o| o.resource_version()).filter(|v| v == "3"));
    let write = async {
        for version in 1..=3 {
            tokio::task::yield_now().await;
            writer.watched(object("a", "1", version));
        }
    };
    let (seen, ()) = tokio::join!(wait, write);
    assert_eq!(seen, "3");
    cache.wait_for(&b, |object| object.is_none().then_some(())).await;
}

#[tokio::test]
async fn a_cache_is_synced_after_its_first_list() {
    let cache = cache();
    assert!(!cache.synced());
    list(&cache, vec![], 1);
    cache.wait_synced().await;
    assert!(cache.served());
    cache.not_served(cache.list_begins());
    assert!(cache.synced() && !cache.served());
    let before = cache.list_begins();
    cache.watch_begins();
    assert!(!cache.synced(), "a new watch has listed nothing yet");
    list_since(&cache, vec![], 2, before);
    assert!(!cache.synced(), "nor does a list that began before it count");
    list(&cache, vec![], 3);
    assert!(cache.synced() && cache.served());
}

#[test]
fn ten_thousand_objects_are_cheap() {
    let cache: Cache<ConfigMap> =
        Cache::builder().index("uid", |object: &ConfigMap| object.uid().into_iter().collect()).build();
    let objects = (0..10_000).map(|n| object(&format!("object-{n}"), &format!("uid-{n}"), n + 1)).collect();
    list(&cache, objects, 10_001);
    let start = Instant::now();
    for n in 0..10_000 {
        assert_eq!(cache.by_index("uid", &format!("uid-{n}")).len(), 1);
        cache.watched(object(&format!("object-{n}"), &format!("uid-{n}"), 20_000 + n));
    }
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    assert_eq!(cache.len(), 10_000);
}

/// An API server of a few names, and a client whose watch, lists and answers arrive at their own pace.
#[derive(Default)]
struct Server {
    version: u64,
    live: BTreeMap<u8, (String, u64)>,
    history: Vec<Event>,
    uids: u64,
}

#[derive(Clone)]
enum Event {
    Set(ConfigMap),
    Delete(ConfigMap),
}

/// What an own request will answer, once it does.
#[derive(Clone)]
enum Answer {
    Written(Box<ConfigMap>),
    Deleted(ObjectKey, String),
}

impl Server {
    fn write(&mut self, name: u8) -> ConfigMap {
        self.version += 1;
        let uid = match self.live.get(&name) {
            Some((uid, _)) => uid.clone(),
            None => {
                self.uids += 1;
                self.uids.to_string()
            }
        };
        self.live.insert(name, (uid.clone(), self.version));
        let object = object(&name.to_string(), &uid, self.version);
        self.history.push(Event::Set(object.clone()));
        object
    }

    fn delete(&mut self, name: u8) -> Option<(ObjectKey, String)> {
        let (uid, _) = self.live.remove(&name)?;
        self.version += 1;
        self.history.push(Event::Delete(object(&name.to_string(), &uid, self.version)));
        Some((key(&name.to_string()), uid))
    }

    fn list(&self) -> (Vec<ConfigMap>, u64) {
        let objects = self.live.iter().map(|(name, (uid, version))| object(&name.to_string(), uid, *version)).collect();
        (objects, self.version)
    }

    fn content(&self) -> Vec<(String, String, u64)> {
        self.live.iter().map(|(name, (uid, version))| (name.to_string(), uid.clone(), *version)).collect()
    }
}

#[derive(Clone, Debug)]
enum Step {
    /// Somebody else writes or deletes.
    TheirWrite(u8),
    TheirDelete(u8),
    /// We do, and the answer comes later.
    OurWrite(u8),
    OurDelete(u8),
    /// The n-th answer that is under way arrives.
    Answer(usize),
    /// The watch delivers its next event.
    Watch,
    /// The watch tells that it has delivered everything so far (only sent when that is so).
    Bookmark,
    /// The watch breaks; a list is begun, and taken in some steps later.
    ListBegins,
    ListEnds,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        2 => (0u8..3).prop_map(Step::TheirWrite),
        1 => (0u8..3).prop_map(Step::TheirDelete),
        3 => (0u8..3).prop_map(Step::OurWrite),
        2 => (0u8..3).prop_map(Step::OurDelete),
        4 => (0usize..4).prop_map(Step::Answer),
        5 => Just(Step::Watch),
        1 => Just(Step::Bookmark),
        1 => Just(Step::ListBegins),
        2 => Just(Step::ListEnds),
    ];
    prop::collection::vec(step, 0..60)
}

/// The client side of the simulation.
struct Client {
    cache: Cache<ConfigMap>,
    answers: Vec<Answer>,
    /// How much of the server's history the watch has delivered.
    delivered: usize,
    listing: Option<(Vec<ConfigMap>, u64, Begun, usize)>,
    /// The newest version of each uid that an own write's answer showed, and the uids that our deletes removed.
    shown: BTreeMap<String, u64>,
    buried: BTreeSet<String>,
}

impl Client {
    fn answer(&mut self, index: usize) {
        if self.answers.is_empty() {
            return;
        }
        match self.answers.remove(index % self.answers.len()) {
            Answer::Written(object) => {
                self.cache.observe_written((*object).clone());
                let version: u64 = object.resource_version().unwrap().parse().unwrap();
                let shown = self.shown.entry(object.uid().unwrap()).or_default();
                *shown = version.max(*shown);
            }
            Answer::Deleted(key, uid) => {
                self.cache.observe_deleted(&key, &uid);
                self.buried.insert(uid);
            }
        }
    }

    fn watch(&mut self, server: &Server) {
        if self.listing.is_some() {
            return;
        }
        match server.history.get(self.delivered) {
            Some(Event::Set(object)) => self.cache.watched(object.clone()),
            Some(Event::Delete(object)) => self.cache.watched_delete(&object.metadata),
            None => return,
        }
        self.delivered += 1;
    }

    fn list_begins(&mut self, server: &Server) {
        let begun = self.cache.list_begins();
        let (objects, version) = server.list();
        self.listing.get_or_insert((objects, version, begun, server.history.len()));
    }

    fn list_ends(&mut self) {
        if let Some((objects, version, begun, delivered)) = self.listing.take() {
            list_since(&self.cache, objects, version, begun);
            self.delivered = delivered;
        }
    }

    /// Nothing that an answer has shown is ever hidden by something older.
    fn check(&self) -> Result<(), TestCaseError> {
        for (name, uid, version) in content(&self.cache) {
            prop_assert!(!self.buried.contains(&uid), "{name} ({uid}) is back from the dead");
            let shown = self.shown.get(&uid).copied().unwrap_or(0);
            prop_assert!(version >= shown, "{name} is at {version}, behind our own write {shown}");
        }
        for colour in ["red", "blue"] {
            let expected: Vec<_> = self.cache.scan().filter(|o| o.labels()["colour"] == colour).collect();
            prop_assert_eq!(self.cache.by_index("colour", colour), expected);
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn any_order_of_events_and_answers_converges_to_the_server(steps in steps()) {
        let mut server = Server::default();
        let mut client = Client {
            cache: cache(),
            answers: vec![],
            delivered: 0,
            listing: None,
            shown: BTreeMap::new(),
            buried: BTreeSet::new(),
        };
        for step in steps {
            match step {
                Step::TheirWrite(name) => drop(server.write(name)),
                Step::TheirDelete(name) => drop(server.delete(name)),
                Step::OurWrite(name) => client.answers.push(Answer::Written(Box::new(server.write(name)))),
                Step::OurDelete(name) => {
                    client.answers.extend(server.delete(name).map(|(key, uid)| Answer::Deleted(key, uid)));
                }
                Step::Answer(index) => client.answer(index),
                Step::Watch => client.watch(&server),
                Step::Bookmark if client.listing.is_none() && client.delivered == server.history.len() => {
                    client.cache.bookmark(&server.version.to_string());
                }
                Step::Bookmark => {}
                Step::ListBegins => client.list_begins(&server),
                Step::ListEnds => client.list_ends(),
            }
            client.check()?;
        }
        client.list_ends();
        while client.delivered < server.history.len() {
            client.watch(&server);
            client.check()?;
        }
        while !client.answers.is_empty() {
            client.answer(0);
        }
        prop_assert_eq!(content(&client.cache), server.content());
    }
}
