//! Objects of the environments domain with every field filled in; a test overrides what it is about.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    environments::{
        Metadata, ObjectKey, UidRef,
        claim::{Claim, ClaimStatus},
        instance::{Connection, Instance, InstancePhase, InstanceStatus, Pin},
        naming,
        ports::{Release, ReleaseRef},
        settings::{Revision, Settings},
        template::{Chart, ChartSource, ConnectionType, Method, Pool, Template, WhenEmpty},
    },
    id::OwnerId,
    identity::{Identity, Owner, OwnerKey},
    json::Json,
    time::Timestamp,
};

/// The namespace of every built object.
pub const NAMESPACE: &str = "dploy-system";
/// The issuer of every built identity.
pub const ISSUER: &str = "https://id.example.org";
/// When every built object was created.
pub const CREATED: i64 = 1_700_000_000;

/// An enabled, visible on-demand template that installs `chart` from a Helm repository and leaves the rest to the settings.
#[must_use]
pub fn template(name: &str) -> Template {
    let chart = Chart {
        repo_url: "https://charts.example.org".to_owned(),
        secret: None,
        source: ChartSource::Helm { chart: "chart".to_owned(), version: None },
    };
    Template {
        uid: format!("uid-of-{name}"),
        description: format!("about {name}"),
        icon: "box".to_owned(),
        ..Template::new(name, chart)
    }
}

/// A template whose environments come from a pool of `size` members without a bound.
#[must_use]
pub fn pool_template(name: &str, size: u32) -> Template {
    Template {
        method: Method::Pool(Pool { size, max_size: None, recycle: true, when_empty: WhenEmpty::Reject }),
        ..template(name)
    }
}

/// A bearer of a token of [`ISSUER`] with `name` and `sub` claims; the person is told by `sub`.
#[must_use]
pub fn identity(name: &str) -> Identity {
    identity_in(name, &[])
}

/// As [`identity`], with a `groups` claim.
#[must_use]
pub fn identity_in(name: &str, groups: &[&str]) -> Identity {
    let subject = format!("subject-{name}");
    let claims = [
        ("iss", serde_json::json!(ISSUER)),
        ("sub", serde_json::json!(subject)),
        ("name", serde_json::json!(name)),
        ("groups", serde_json::json!(groups)),
    ];
    Identity {
        issuer: ISSUER.to_owned(),
        username: crate::name::sanitize(name),
        personal: owner("sub", &subject, name),
        claims: claims.into_iter().map(|(name, value)| (name.to_owned(), Json::from(value))).collect(),
        admin: false,
    }
}

/// The owner that `claim` names by `value`, shown as `readable`; a readable part that is unusable becomes `owner`.
#[must_use]
pub fn owner(claim: &str, value: &str, readable: &str) -> Owner {
    let key = OwnerKey::derive(readable).or_else(|| OwnerKey::derive("owner"));
    let id = OwnerId::derive(ISSUER, claim, value);
    match key {
        Some(key) => Owner { id, key },
        None => unreachable!("`owner` is readable"),
    }
}

/// An object called `name` in [`NAMESPACE`], created at [`CREATED`]; its uid is derived from its name.
#[must_use]
pub fn metadata(name: &str) -> Metadata {
    Metadata {
        key: ObjectKey::new(NAMESPACE, name),
        uid: format!("uid-of-{name}"),
        version: "1".to_owned(),
        created: Timestamp::from_unix_seconds(CREATED),
        deleting_since: None,
    }
}

/// A pending claim of `owner` on `template`, named as the API names it.
#[must_use]
pub fn claim(owner: &Owner, template: &str) -> Claim {
    Claim {
        meta: metadata(&naming::claim_name(owner.key.as_str(), &owner.id, template)),
        template: template.to_owned(),
        owner: owner.key.as_str().to_owned(),
        owner_id: owner.id.clone(),
        params: BTreeMap::new(),
        claims: Json::object(),
        ttl_seconds: None,
        wait_for_pool: None,
        extensions: 0,
        last_activity: None,
        adopts: None,
        idempotency: None,
        status: ClaimStatus::default(),
    }
}

/// A free, ready member of the pool of `template`.
#[must_use]
pub fn member(template: &str, slot: u32) -> Instance {
    let name = naming::member_name(template, &format!("uid-of-{template}"), slot);
    Instance { pooled: true, ..instance(&name, template, InstancePhase::Available) }
}

/// An instance without owner and claim that has got as far as `phase`; from provisioning on it is pinned and has a URL.
#[must_use]
pub fn instance(name: &str, template: &str, phase: InstancePhase) -> Instance {
    let meta = metadata(name);
    let status = InstanceStatus { phase, ..provisioned(&meta.uid, template, phase) };
    Instance {
        meta,
        finalized: true,
        forced: false,
        template: template.to_owned(),
        owner: None,
        owner_id: None,
        pooled: false,
        params: BTreeMap::new(),
        claims: Json::object(),
        ttl_seconds: None,
        expires_at: None,
        render_seed: None,
        claim: None,
        attempt: 0,
        status,
    }
}

fn provisioned(uid: &str, template: &str, phase: InstancePhase) -> InstanceStatus {
    if phase == InstancePhase::Pending {
        return InstanceStatus::default();
    }
    let uuid = naming::uuid(uid, 0);
    let url = format!("https://{}", naming::host(template, &uuid, "env.example.org"));
    let created = Timestamp::from_unix_seconds(CREATED);
    InstanceStatus {
        pin: Some(Pin {
            namespace: naming::namespace_name(None, template, &uuid),
            revision: String::new(),
            engine_namespace: NAMESPACE.to_owned(),
            uuid,
        }),
        connection: Connection { url, kind: Some(ConnectionType::Web), message: String::new() },
        health: if phase.is_usable() { "Healthy".to_owned() } else { String::new() },
        ready_at: phase.is_usable().then_some(created),
        ..InstanceStatus::default()
    }
}

/// The release of an instance, from a revision of `template` that installs `chart` of a repository of its own.
#[must_use]
pub fn release(template: &str, chart: &str, instance: &str) -> Release {
    let mut built = self::template(template);
    built.chart.repo_url = format!("https://charts.example.org/{chart}");
    built.chart.source = ChartSource::Helm { chart: chart.to_owned(), version: None };
    let uid = format!("uid-of-{instance}");
    let uuid = naming::uuid(&uid, 0);
    Release {
        reference: ReleaseRef {
            namespace: NAMESPACE.to_owned(),
            instance: UidRef { name: instance.to_owned(), uid },
            engine_namespace: NAMESPACE.to_owned(),
        },
        target_namespace: naming::namespace_name(None, template, &uuid),
        labels: BTreeMap::from([("dploy.dev/instance".to_owned(), uuid)]),
        revision: Arc::new(Revision {
            name: format!("{template}-{chart}"),
            template: built,
            settings: Settings::default(),
        }),
        values: Some(Json::from(serde_json::json!({ "replicas": 1, "image": { "tag": "1.0" } }))),
    }
}
