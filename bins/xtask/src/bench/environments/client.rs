//! A bare client of the API server, which issues the writes that a claim takes, one after another.

use dploy_core::environments::naming::instance_name;
use kube::{
    Api, Client,
    api::{ApiResource, DynamicObject, GroupVersionKind, Patch, PatchParams, PostParams},
};
use serde_json::{Value, json};

use super::{error::Error, platform::HOME};

fn api(client: &Client, plural: &str, kind: &str) -> Api<DynamicObject> {
    let resource = ApiResource::from_gvk_with_plural(&GroupVersionKind::gvk("dploy.dev", "v1alpha1", kind), plural);
    Api::namespaced_with(client.clone(), HOME, &resource)
}

/// Creates an object of ours.
pub(super) async fn create(
    client: &Client,
    plural: &str,
    kind: &str,
    name: &str,
    spec: Value,
) -> Result<DynamicObject, Error> {
    let object = json!({
        "apiVersion": "dploy.dev/v1alpha1", "kind": kind, "metadata": { "name": name }, "spec": spec,
    });
    let object = serde_json::from_value(object)
        .map_err(|error| Error::Unexpected { what: "an object cannot be written", found: error.to_string() })?;
    Ok(api(client, plural, kind).create(&PostParams::default(), &object).await?)
}

/// Asks for an environment on demand, as kubectl would; the name of its instance.
pub(super) async fn ask(client: &Client, owner: &str) -> Result<String, Error> {
    let spec = json!({ "templateRef": "shell", "owner": owner });
    create(client, "dployinstanceclaims", "DployInstanceClaim", owner, spec).await?;
    Ok(instance_name(owner, "shell"))
}

/// Makes the member that [`claim`] takes; its making is no part of a claim.
pub(super) async fn member(client: &Client, name: &str) -> Result<(), Error> {
    let spec = json!({ "templateRef": "floor", "pooled": true });
    create(client, "dployinstances", "DployInstance", name, spec).await.map(drop)
}

/// The writes of a claim: the claim, the instance, the claim's status, and the instance's, which becomes Claimed.
pub(super) async fn claim(client: &Client, name: &str) -> Result<(), Error> {
    let spec = json!({ "templateRef": "floor", "owner": name, "ownerId": "0123456789abcdef" });
    let made = create(client, "dployinstanceclaims", "DployInstanceClaim", name, spec).await?;
    let uid = made.metadata.uid.unwrap_or_default();
    let (claims, instances) =
        (api(client, "dployinstanceclaims", "DployInstanceClaim"), api(client, "dployinstances", "DployInstance"));
    let params = PatchParams::default();
    let owner =
        json!({ "spec": { "owner": name, "ownerId": "0123456789abcdef", "claimRef": { "name": name, "uid": uid } } });
    let bound = instances.patch(name, &params, &Patch::Merge(owner)).await?;
    let named = json!({ "name": name, "uid": bound.metadata.uid });
    let status = json!({ "status": { "phase": "Bound", "instanceRef": named } });
    claims.patch_status(name, &params, &Patch::Merge(status)).await?;
    instances.patch_status(name, &params, &Patch::Merge(json!({ "status": { "phase": "Claimed" } }))).await?;
    Ok(())
}
