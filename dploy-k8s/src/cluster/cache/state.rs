//! The merge of watch events and own writes: pure, without locks or I/O.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use kube::api::ObjectMeta;

use super::index::Indexes;
use super::packed::{Packed, Packer};
use super::{Change, Listing};
use crate::cluster::{Object, ObjectKey};

/// How many uids of objects that the watch reported as deleted are remembered, so that an own delete whose answer
/// arrives after the watch's event leaves no tombstone behind.
const BURIED: usize = 4096;

/// The merged view. See [`Cache`](super::Cache) for the rules.
pub(super) struct State<K> {
    entries: BTreeMap<Arc<ObjectKey>, Entry<K>>,
    packer: Packer,
    indexes: Indexes<K>,
    /// The resourceVersion up to which the watch has told everything.
    watermark: Option<u64>,
    /// Entries that only an own write vouches for, by version: the watch has not come that far yet.
    unconfirmed: BTreeSet<(u64, ObjectKey)>,
    /// Objects that we deleted and of which stale events may still come, by uid.
    tombstones: HashMap<String, Tombstone>,
    /// The last version known of what we deleted: older events of that name concern its predecessors.
    floors: HashMap<ObjectKey, u64>,
    deletes: u64,
    buried: VecDeque<String>,
    buried_uids: HashSet<String>,
}

struct Entry<K> {
    object: Packed<K>,
    uid: String,
    version: Option<u64>,
    confirmed: bool,
}

struct Tombstone {
    key: ObjectKey,
    floor: Option<u64>,
    /// Sequence number of the delete.
    sequence: u64,
}

impl<K: Object> State<K> {
    pub(super) fn new(indexes: Indexes<K>, packer: Packer) -> Self {
        Self {
            entries: BTreeMap::new(),
            packer,
            indexes,
            watermark: None,
            unconfirmed: BTreeSet::new(),
            tombstones: HashMap::new(),
            floors: HashMap::new(),
            deletes: 0,
            buried: VecDeque::new(),
            buried_uids: HashSet::new(),
        }
    }

    pub(super) fn get(&self, key: &ObjectKey) -> Option<Arc<K>> {
        self.packer.unpack(&self.entries.get(key)?.object)
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &ObjectKey> {
        self.entries.keys().map(|key| &**key)
    }

    pub(super) fn uids(&self) -> impl Iterator<Item = &str> {
        self.entries.values().map(|entry| entry.uid.as_str())
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The ranks, keys and uids of the objects that a value finds.
    pub(super) fn found(&self, index: &str, value: &str) -> impl Iterator<Item = (&str, &ObjectKey, &str)> {
        let found = self.indexes.found(index, value);
        found.filter_map(|(rank, key)| Some((&**rank, &**key, self.entries.get(&**key)?.uid.as_str())))
    }

    /// The values of an index that begin so, and how many objects each finds.
    pub(super) fn values(&self, index: &str, prefix: &str) -> impl Iterator<Item = (&str, usize)> {
        self.indexes.values(index, prefix)
    }

    /// Marks the start of a list: deletes after this point may concern objects that the list still shows.
    pub(super) fn list_started(&self) -> u64 {
        self.deletes
    }

    /// The watch reported an object as added or modified.
    pub(super) fn watched(&mut self, object: Arc<K>, changes: &mut Vec<Change<K>>) {
        let (key, version) = (ObjectKey::of(&*object), version(object.meta()));
        self.confirm(key, object, version, changes);
        self.advance(version, changes);
    }

    /// The watch reported an object that does not parse: what was known of it stays, if it is still that object.
    pub(super) fn malformed(&mut self, meta: &ObjectMeta, changes: &mut Vec<Change<K>>) {
        let key = key_of(meta);
        let same = self.entries.get(&key).is_some_and(|entry| Some(&entry.uid) == meta.uid.as_ref());
        if same {
            self.mark_confirmed(&key);
        } else if !self.is_newer(&key, version(meta)) {
            self.remove(&key, changes);
        }
        self.advance(version(meta), changes);
    }

    /// The watch reported an object as deleted (or as no longer matching the watch's selector).
    pub(super) fn watched_delete(&mut self, meta: &ObjectMeta, changes: &mut Vec<Change<K>>) {
        let key = key_of(meta);
        let uid = meta.uid.clone().unwrap_or_default();
        let same = self.entries.get(&key).is_some_and(|entry| entry.uid == uid);
        if same && !self.is_newer(&key, version(meta)) {
            self.remove(&key, changes);
        }
        self.drop_tombstone(&uid);
        self.bury(uid);
        self.advance(version(meta), changes);
    }

    /// The watch told that it has reported everything up to `version`.
    pub(super) fn bookmark(&mut self, version: &str, changes: &mut Vec<Change<K>>) {
        self.advance(version.parse().ok(), changes);
    }

    /// A consistent list, begun when [`list_started`](Self::list_started) gave `mark`, replaces what is known.
    pub(super) fn listed(&mut self, listing: Listing<K>, mark: u64, changes: &mut Vec<Change<K>>) {
        let at = listing.version.parse().ok();
        // A list older than what the watch told means that the server's history was rewound (a restored backup).
        let rewound = at < self.watermark;
        let mut keep: HashSet<ObjectKey> = listing.malformed.iter().map(|malformed| key_of(&malformed.meta)).collect();
        let mut uids: HashSet<String> = HashSet::new();
        for object in listing.objects {
            let (key, version) = (ObjectKey::of(&*object), version(object.meta()));
            uids.insert(object.meta().uid.clone().unwrap_or_default());
            if self.is_tombstoned(&object) {
                continue;
            }
            keep.insert(key.clone());
            if rewound {
                self.remove_stale(&key, &object, changes);
            }
            self.confirm(key, object, version, changes);
        }
        let gone: Vec<ObjectKey> =
            self.keys().filter(|key| !keep.contains(*key) && (rewound || !self.is_newer(key, at))).cloned().collect();
        for key in gone {
            self.remove(&key, changes);
        }
        let outlived = |(uid, tombstone): (&String, &Tombstone)| {
            (tombstone.sequence <= mark && !uids.contains(uid)).then(|| uid.clone())
        };
        for uid in self.tombstones.iter().filter_map(outlived).collect::<Vec<_>>() {
            self.drop_tombstone(&uid);
        }
        if rewound {
            self.watermark = None;
        }
        self.advance(at, changes);
    }

    /// Forgets everything: the kind is not served any more.
    pub(super) fn clear(&mut self, changes: &mut Vec<Change<K>>) {
        let keys: Vec<ObjectKey> = self.keys().cloned().collect();
        for key in keys {
            self.remove(&key, changes);
        }
        self.watermark = None;
    }

    /// A request of ours returned this object.
    pub(super) fn written(&mut self, object: Arc<K>, changes: &mut Vec<Change<K>>) {
        let key = ObjectKey::of(&*object);
        let version = version(object.meta());
        let told = version.is_some() && version <= self.watermark;
        let same = version.is_some() && self.entries.get(&key).is_some_and(|entry| entry.version == version);
        if told || same || self.is_newer(&key, version) || self.is_tombstoned(&object) {
            return;
        }
        self.insert(key, object, version, version.is_none(), changes);
    }

    /// A request of ours deleted the object with this uid for good.
    pub(super) fn deleted(&mut self, key: &ObjectKey, uid: &str, changes: &mut Vec<Change<K>>) {
        let entry = self.entries.get(key).filter(|entry| entry.uid == uid);
        let (present, floor) = (entry.is_some(), entry.and_then(|entry| entry.version));
        if present {
            self.remove(key, changes);
        }
        if present || !self.buried_uids.contains(uid) {
            self.deletes += 1;
            self.floors.extend(floor.map(|floor| (key.clone(), floor)));
            self.tombstones.insert(uid.to_owned(), Tombstone { key: key.clone(), floor, sequence: self.deletes });
        }
    }

    fn drop_tombstone(&mut self, uid: &str) {
        let Some(Tombstone { key, floor, .. }) = self.tombstones.remove(uid) else { return };
        if floor.is_some() && self.floors.get(&key).copied() == floor {
            self.floors.remove(&key);
        }
    }

    fn confirm(&mut self, key: ObjectKey, object: Arc<K>, version: Option<u64>, changes: &mut Vec<Change<K>>) {
        if self.is_tombstoned(&object) || self.is_newer(&key, version) {
            return;
        }
        let known = self.entries.get(&key).and_then(|entry| entry.version);
        if version.is_some() && known == version {
            self.mark_confirmed(&key);
        } else {
            self.insert(key, object, version, true, changes);
        }
    }

    fn mark_confirmed(&mut self, key: &ObjectKey) {
        if let Some(entry) = self.entries.get_mut(key) {
            entry.confirmed = true;
            if let Some(version) = entry.version {
                self.unconfirmed.remove(&(version, key.clone()));
            }
        }
    }

    /// Whether what is known of `key`, be it that we deleted it, is certainly newer than `version`.
    fn is_newer(&self, key: &ObjectKey, version: Option<u64>) -> bool {
        let known = self.entries.get(key).and_then(|entry| entry.version).max(self.floors.get(key).copied());
        matches!((known, version), (Some(known), Some(version)) if known > version)
    }

    fn is_tombstoned(&self, object: &K) -> bool {
        object.meta().uid.as_ref().is_some_and(|uid| self.tombstones.contains_key(uid))
    }

    /// Everything up to `version` has been told: what only an own write vouched for, and the watch did not show, has
    /// been overtaken (deleted by somebody else, or outside the watch's selector).
    fn advance(&mut self, version: Option<u64>, changes: &mut Vec<Change<K>>) {
        let Some(version) = version else { return };
        self.watermark = self.watermark.max(Some(version));
        while let Some((at, key)) = self.unconfirmed.first().cloned() {
            if Some(at) > self.watermark {
                break;
            }
            self.remove(&key, changes);
            self.unconfirmed.remove(&(at, key));
        }
    }

    fn insert(
        &mut self,
        key: ObjectKey,
        object: Arc<K>,
        version: Option<u64>,
        confirmed: bool,
        changes: &mut Vec<Change<K>>,
    ) {
        let old = self.take(&key);
        let kept = Arc::new(key.clone());
        self.indexes.insert(&kept, &object);
        if let (Some(version), false) = (version, confirmed) {
            self.unconfirmed.insert((version, key.clone()));
        }
        let uid = object.meta().uid.clone().unwrap_or_default();
        let packed = self.packer.pack(&object);
        self.entries.insert(kept, Entry { object: packed, uid, version, confirmed });
        changes.push(Change { key, old, new: Some(object) });
    }

    fn remove(&mut self, key: &ObjectKey, changes: &mut Vec<Change<K>>) {
        if let Some(old) = self.take(key) {
            changes.push(Change { key: key.clone(), old: Some(old), new: None });
        }
    }

    fn remove_stale(&mut self, key: &ObjectKey, listed: &K, changes: &mut Vec<Change<K>>) {
        if self.is_newer(key, version(listed.meta())) {
            self.remove(key, changes);
        }
    }

    fn take(&mut self, key: &ObjectKey) -> Option<Arc<K>> {
        let (kept, entry) = self.entries.remove_entry(key)?;
        let object = self.packer.unpack(&entry.object);
        object.iter().for_each(|object| self.indexes.remove(&kept, object));
        if let (Some(version), false) = (entry.version, entry.confirmed) {
            self.unconfirmed.remove(&(version, key.clone()));
        }
        object
    }

    fn bury(&mut self, uid: String) {
        if self.buried_uids.insert(uid.clone()) {
            self.buried.push_back(uid);
        }
        if self.buried.len() > BURIED
            && let Some(oldest) = self.buried.pop_front()
        {
            self.buried_uids.remove(&oldest);
        }
    }
}

/// resourceVersions are comparable as integers (declared so since Kubernetes 1.35); another form gives `None`.
fn version(meta: &ObjectMeta) -> Option<u64> {
    meta.resource_version.as_deref().and_then(|version| version.parse().ok())
}

pub(super) fn key_of(meta: &ObjectMeta) -> ObjectKey {
    ObjectKey { namespace: meta.namespace.clone(), name: meta.name.clone().unwrap_or_default() }
}
