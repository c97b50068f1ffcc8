use std::collections::BTreeMap;

use dploy_core::{
    environments::{file::Environment, lifetime::Terms, naming, ports::NewClaim, settings::Settings},
    name::{LABEL_MAX, suffixed},
    time::Timestamp,
};
use kube::api::ObjectMeta;

use crate::{
    cluster::labels,
    environments::{
        argocd::objects::{automatic, source},
        isolation::pod_security_labels,
    },
    foreign::{
        Values,
        argocd::{
            Application, ApplicationDestination, ApplicationSource, ApplicationSpec, HelmSource, NamespaceMetadata,
            RESOURCES_FINALIZER,
        },
    },
};

use super::{APPLICATION, CLAIM, ENV, EXPIRES_AT, EXTEND_TTL, HOST, MAX_EXTENDS, UUID};

/// An environment that is to be made.
pub(super) struct Draft<'a> {
    pub(super) environment: &'a Environment,
    pub(super) claim: &'a NewClaim,
    /// Eight random hex digits.
    pub(super) uuid: &'a str,
    /// What tells it from every other environment, ever.
    pub(super) uid: &'a str,
    pub(super) terms: Terms,
    pub(super) expires_at: Option<Timestamp>,
}

/// The host of an environment.
pub(super) fn host(owner: &str, uuid: &str, base_domain: &str) -> String {
    format!("{}.{base_domain}", suffixed(owner, uuid, LABEL_MAX))
}

/// The Application of a new environment.
pub(super) fn application(draft: &Draft<'_>, settings: &Settings) -> Application {
    let (template, argocd) = (&draft.environment.template, &settings.argocd);
    let owner = &draft.claim.owner;
    let name = suffixed(&format!("{owner}-{}", template.name), draft.uuid, LABEL_MAX);
    let host = host(owner, draft.uuid, &settings.base_domain);
    let values = draft.environment.values(owner, draft.uuid, &host);
    let helm = HelmSource {
        release_name: Some(naming::release_name(&name)),
        value_files: template.value_files.clone(),
        values_object: values.as_value().as_object().cloned().map(Values::from),
    };
    Application {
        metadata: ObjectMeta {
            name: Some(name.clone()),
            namespace: Some(argocd.namespace.clone()),
            labels: Some(marks(draft)),
            annotations: Some(notes(draft, &host)),
            finalizers: Some(vec![RESOURCES_FINALIZER.to_owned()]),
            ..ObjectMeta::default()
        },
        spec: ApplicationSpec {
            project: argocd.project.clone(),
            source: Some(ApplicationSource { helm: Some(helm), ..source(&template.chart) }),
            destination: ApplicationDestination { server: Some(argocd.server.clone()), namespace: Some(name.clone()) },
            sync_policy: Some(automatic(Some(namespace(draft, &name, settings)))),
        },
        status: None,
    }
}

/// What the namespace carries that Argo CD makes: whose it is, what it was made for, and what its pods may do.
fn namespace(draft: &Draft<'_>, name: &str, settings: &Settings) -> NamespaceMetadata {
    let isolation = settings.isolation_of(&draft.environment.template);
    let mut carried = marks(draft);
    carried.extend(pod_security_labels(isolation.as_ref()));
    NamespaceMetadata {
        labels: carried,
        annotations: BTreeMap::from([
            (APPLICATION.to_owned(), format!("{}/{name}", settings.argocd.namespace)),
            (labels::INSTANCE_UID.to_owned(), draft.uid.to_owned()),
        ]),
    }
}

fn marks(draft: &Draft<'_>) -> BTreeMap<String, String> {
    let claim = draft.claim;
    BTreeMap::from([
        (labels::OWNER.to_owned(), naming::label_value(&claim.owner)),
        (labels::OWNER_ID.to_owned(), claim.owner_id.as_str().to_owned()),
        (ENV.to_owned(), claim.template.clone()),
        (CLAIM.to_owned(), claim.name.clone()),
    ])
}

fn notes(draft: &Draft<'_>, host: &str) -> BTreeMap<String, String> {
    let mut notes = BTreeMap::from([
        (UUID.to_owned(), draft.uuid.to_owned()),
        (HOST.to_owned(), host.to_owned()),
        (labels::INSTANCE_UID.to_owned(), draft.uid.to_owned()),
        (labels::EXTEND_COUNT.to_owned(), "0".to_owned()),
        (EXTEND_TTL.to_owned(), draft.terms.extend_seconds.to_string()),
    ]);
    notes.extend(draft.expires_at.map(|end| (EXPIRES_AT.to_owned(), end.whole_seconds().to_string())));
    notes.extend(draft.terms.max_extends.map(|granted| (MAX_EXTENDS.to_owned(), granted.to_string())));
    let request = draft.claim.idempotency.as_ref();
    notes.extend(request.map(|request| (labels::IDEMPOTENCY.to_owned(), request.as_text())));
    notes
}

#[cfg(test)]
pub(super) mod tests {
    use dploy_core::{environments::file, id::OwnerId, json::Json};
    use serde_json::{Value, json};

    use super::*;

    pub(in super::super) const UID: &str = "0123456789abcdef0123456789abcdef";

    /// The Application of john-doe's environment webterm, which ends an hour after the epoch.
    pub(in super::super) fn sample() -> Application {
        let text = "environments: [{ name: webterm, chart: github.com/org/charts/webterm@v1, valueFiles: [big.yaml], \
                    isolation: restricted, extraValues: { workspaceName: '${username}-workspace' } }]";
        let environment = file::read(text.as_bytes()).unwrap().remove(0);
        let claim = NewClaim {
            name: "john-doe-webterm-0123456789".to_owned(),
            template: "webterm".to_owned(),
            owner: "john-doe".to_owned(),
            owner_id: OwnerId::of_text("john.doe"),
            params: BTreeMap::new(),
            claims: Json::object(),
            ttl_seconds: None,
            wait_for_pool: None,
            idempotency: None,
        };
        let terms = Terms {
            ttl: Some(3600),
            extend_seconds: 600,
            max_extends: Some(2),
            max_lifetime: None,
            idle_seconds: None,
        };
        let expires_at = Some(Timestamp::from_unix_seconds(3600));
        let draft = Draft { environment: &environment, claim: &claim, uuid: "a1b2c3d4", uid: UID, terms, expires_at };
        let settings = Settings { base_domain: "env.dploy.dev".to_owned(), ..Settings::default() };
        application(&draft, &settings)
    }

    #[test]
    fn the_documented_names_labels_annotations_and_values_are_kept() {
        let object = serde_json::to_value(sample()).unwrap();
        let meta = &object["metadata"];
        assert_eq!((&meta["name"], &meta["namespace"]), (&json!("john-doe-webterm-a1b2c3d4"), &json!("argocd")));
        assert_eq!(meta["labels"]["dploy.dev/owner"], "john-doe");
        assert_eq!(meta["labels"]["dploy.dev/env"], "webterm");
        assert_eq!(meta["annotations"]["dploy.dev/uuid"], "a1b2c3d4");
        assert_eq!(meta["annotations"]["dploy.dev/expires-at"], "1970-01-01T01:00:00Z");
        let spec = &object["spec"];
        assert_eq!(spec["destination"]["namespace"], "john-doe-webterm-a1b2c3d4");
        assert_eq!((&spec["project"], &spec["source"]["targetRevision"]), (&json!("dploy"), &json!("v1")));
        let values = json!({
            "username": "john-doe", "uuid": "a1b2c3d4", "ingressHost": "john-doe-a1b2c3d4.env.dploy.dev",
            "workspaceName": "john-doe-workspace",
        });
        assert_eq!(spec["source"]["helm"]["valuesObject"], values);
        assert_eq!(spec["source"]["helm"]["valueFiles"], json!(["big.yaml"]));
        let policy = &spec["syncPolicy"];
        assert_eq!(policy["automated"], json!({ "prune": true, "selfHeal": true }));
        assert_eq!(policy["syncOptions"], json!(["CreateNamespace=true"]));
        let namespace = &policy["managedNamespaceMetadata"];
        assert_eq!(namespace["annotations"]["dploy.dev/application"], "argocd/john-doe-webterm-a1b2c3d4");
        assert_eq!(namespace["annotations"]["dploy.dev/instance-uid"], UID);
        assert_eq!(namespace["labels"]["dploy.dev/owner"], "john-doe");
        assert_eq!(namespace["labels"]["pod-security.kubernetes.io/enforce"], "restricted");
        assert_eq!(meta["labels"].get("dploy.dev/managed"), None::<&Value>, "that label is the operator's");
    }

    #[test]
    fn long_names_are_cut_before_the_uuid() {
        let owner = "o".repeat(80);
        assert_eq!(host(&owner, "a1b2c3d4", "x.org"), format!("{}-a1b2c3d4.x.org", "o".repeat(54)));
    }
}
