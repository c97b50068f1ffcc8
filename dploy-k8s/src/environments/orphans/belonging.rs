use dploy_core::environments::{
    ObjectKey, UidRef,
    orphans::{Belonging, Holder},
};
use kube::{ResourceExt as _, api::ObjectMeta};

use crate::cluster::{Error, Object, ObjectKey as Key, Store, labels};

/// What an object belongs to: the annotation `named` says where its holder is, `<namespace>/<name>`, and another has the
/// holder's uid. `None` where it lacks our label or one of the two.
pub(crate) fn belonging<K: Object>(
    kind: &'static str,
    object: &K,
    named: &str,
    holder: fn(String, UidRef) -> Holder,
) -> Option<Belonging> {
    let meta = object.meta();
    let uid = owner_uid(meta)?.clone();
    let ObjectKey { namespace, name } = ObjectKey::parse(object.annotations().get(named)?)?;
    Some(Belonging {
        kind,
        key: ObjectKey::new(meta.namespace.clone().unwrap_or_default(), meta.name.clone()?),
        uid: meta.uid.clone()?,
        owner: holder(namespace, UidRef { name, uid }),
        deleting: meta.deletion_timestamp.is_some(),
    })
}

/// The uid of what a managed object belongs to.
fn owner_uid(meta: &ObjectMeta) -> Option<&String> {
    let managed = meta.labels.as_ref()?.get(labels::MANAGED)? == "true";
    meta.annotations.as_ref()?.get(labels::INSTANCE_UID).filter(|uid| managed && !uid.is_empty())
}

/// Deletes the very object that is meant, if a live look shows that it still says the same; whether it did.
pub(crate) async fn discard<K: Object>(store: &Store<K>, what: &Belonging) -> Result<bool, Error> {
    let namespace = Some(what.key.namespace.clone()).filter(|namespace| !namespace.is_empty());
    let key = Key { namespace, name: what.key.name.clone() };
    let Some(live) = store.get_live(&key).await? else { return Ok(false) };
    let meta = live.meta();
    let same = meta.uid.as_ref() == Some(&what.uid) && owner_uid(meta) == Some(&what.owner.reference().uid);
    if !same || meta.deletion_timestamp.is_some() {
        return Ok(false);
    }
    store.delete_uid(&*live).await?;
    Ok(true)
}
