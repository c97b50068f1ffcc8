//! Programs under exactly the rights that their code declares, and what of these they used.

use std::{collections::BTreeSet, fmt::Debug, time::Duration};

use k8s_openapi::api::{
    authorization::v1::SubjectAccessReview,
    rbac::v1::{ClusterRole, ClusterRoleBinding, Role, RoleBinding, Subject},
};
use kube::{
    Api, Client, Resource, ResourceExt as _,
    api::{Patch, PatchParams, PostParams},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::json;

use crate::cluster::{Grant, Places, Rule};

use super::{Cluster, Error, Request};

/// How often it is asked whether rights have come into force.
const LOOK: Duration = Duration::from_millis(20);
/// How long that may take.
const LIMIT: Duration = Duration::from_secs(30);

/// A verb on a resource, with `/status` and the like where a subresource is meant, of a group.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Right {
    /// The group; empty for the core group.
    pub group: String,
    /// The plural of the resource.
    pub resource: String,
    /// The verb.
    pub verb: String,
}

/// The rights of `rules` that `user` did not use in `requests`.
#[must_use]
pub fn unused(rules: &[Rule], requests: &[Request], user: &str) -> BTreeSet<Right> {
    let used: BTreeSet<_> = requests.iter().filter(|asked| asked.user == user).map(used).collect();
    rules.iter().flat_map(granted).filter(|right| !used.contains(right)).collect()
}

fn granted(rule: &Rule) -> impl Iterator<Item = Right> {
    let (group, resource) = rule.resource();
    let right = move |verb: &&str| Right { group: group.into(), resource: resource.into(), verb: (*verb).into() };
    rule.verbs().iter().map(right)
}

fn used(asked: &Request) -> Right {
    let below = if asked.subresource.is_empty() { String::new() } else { format!("/{}", asked.subresource) };
    Right { group: asked.group.clone(), resource: format!("{}{below}", asked.resource), verb: asked.verb.clone() }
}

impl Cluster {
    /// Gives exactly these rights to the users of `group`, under objects of that name, and waits until they are in force.
    ///
    /// Of a group that is given rights again, in other places, the earlier ones in single namespaces stay.
    ///
    /// # Errors
    /// When the API server refuses, or does not give the rights in time.
    pub async fn grant(&self, group: &str, places: Places<'_>, rules: &[Rule]) -> Result<(), Error> {
        let subject = Subject { kind: "Group".to_owned(), name: group.to_owned(), ..Subject::default() };
        let (grant, client) = (Grant::new(group, places, rules, &subject), self.client()?);
        applied(Api::<ClusterRole>::all(client.clone()), grant.cluster_role).await?;
        applied(Api::<ClusterRoleBinding>::all(client.clone()), grant.cluster_role_binding).await?;
        for (role, binding) in grant.roles {
            let namespace = role.namespace().unwrap_or_default();
            applied(Api::<Role>::namespaced(client.clone(), &namespace), role).await?;
            applied(Api::<RoleBinding>::namespaced(client.clone(), &namespace), binding).await?;
        }
        for rule in rules {
            let given = async {
                while !allowed(&client, group, places, rule).await? {
                    tokio::time::sleep(LOOK).await;
                }
                Ok::<_, Error>(())
            };
            let late = |_| Error::Timeout { what: format!("granting {rule:?}"), after: LIMIT };
            tokio::time::timeout(LIMIT, given).await.map_err(late)??;
        }
        Ok(())
    }
}

async fn applied<K>(api: Api<K>, object: K) -> Result<(), Error>
where
    K: Resource + Serialize + DeserializeOwned + Clone + Debug,
{
    let params = PatchParams::apply("test").force();
    api.patch(&object.name_any(), &params, &Patch::Apply(&object)).await?;
    Ok(())
}

/// Whether members of the group may do everything that the rule says.
async fn allowed(client: &Client, group: &str, places: Places<'_>, rule: &Rule) -> Result<bool, Error> {
    let (of, resource) = rule.resource();
    let (resource, below) = resource.split_once('/').unwrap_or((resource, ""));
    for verb in rule.verbs() {
        let attributes = json!({
            "group": of, "resource": resource, "subresource": below, "verb": verb,
            "namespace": places.namespace(rule.within()),
        });
        let review = json!({ "spec": { "user": group, "groups": [group], "resourceAttributes": attributes } });
        let review = serde_json::from_value::<SubjectAccessReview>(review).unwrap_or_default();
        let answer = Api::all(client.clone()).create(&PostParams::default(), &review).await?;
        if !answer.status.is_some_and(|status| status.allowed) {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_counts_as_used_by_its_own_verb_on_its_own_resource_only() {
        let rules = [Rule::new("g", "as", &["get", "list"]), Rule::new("g", "as/status", &["update"])];
        let asked = |user: &str, verb: &str, below: &str| Request {
            user: user.into(),
            verb: verb.into(),
            group: "g".into(),
            resource: "as".into(),
            subresource: below.into(),
            namespace: String::new(),
            name: String::new(),
            uri: String::new(),
            code: Some(200),
        };
        let requests = [asked("a", "get", ""), asked("a", "update", ""), asked("b", "list", "")];
        let left: Vec<_> =
            unused(&rules, &requests, "a").into_iter().map(|right| (right.resource, right.verb)).collect();
        assert_eq!(left, [("as".into(), "list".into()), ("as/status".to_owned(), "update".to_owned())]);
    }
}
