use std::time::Duration;

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::{
    Api, Client, ResourceExt as _,
    api::{ApiResource, DynamicObject, ListParams, Patch, PatchParams},
    runtime::wait::{await_condition, conditions::is_crd_established},
};
use serde::Deserialize as _;
use tokio::time::{sleep, timeout};

use super::{Cluster, Error};

/// How long the API server may take to serve new kinds.
const SERVED: Duration = Duration::from_secs(60);

impl Cluster {
    /// Installs or updates custom resource definitions and waits until every kind is served.
    ///
    /// # Errors
    /// When the API server refuses one, or does not serve it within a minute.
    pub async fn install_crds(&self, crds: &[CustomResourceDefinition]) -> Result<(), Error> {
        let client = self.client()?;
        let api = Api::<CustomResourceDefinition>::all(client.clone());
        let params = PatchParams::apply("dploy-testbed").force();
        for crd in crds {
            api.patch(&crd.name_any(), &params, &Patch::Apply(crd)).await?;
        }
        let late = |_| Error::Timeout { what: "serving the custom resources".to_owned(), after: SERVED };
        for crd in crds {
            timeout(SERVED, served(&client, &api, crd)).await.map_err(late)??;
        }
        Ok(())
    }

    /// Installs the custom resource definitions of a YAML text with any number of documents.
    ///
    /// # Errors
    /// As [`install_crds`](Self::install_crds), and when the text is not a definition.
    pub async fn install_crds_yaml(&self, yaml: &str) -> Result<(), Error> {
        self.install_crds(&parse(yaml)?).await
    }
}

fn parse(yaml: &str) -> Result<Vec<CustomResourceDefinition>, Error> {
    let documents = yaml_serde::Deserializer::from_str(yaml);
    let parsed = documents.map(Option::<CustomResourceDefinition>::deserialize);
    parsed.filter_map(Result::transpose).collect::<Result<_, _>>().map_err(|source| Error::Manifest { source })
}

/// "Established" is announced before the API server routes the new paths, so each version is also listed.
async fn served(
    client: &Client,
    api: &Api<CustomResourceDefinition>,
    crd: &CustomResourceDefinition,
) -> Result<(), Error> {
    let watched = await_condition(api.clone(), &crd.name_any(), is_crd_established()).await;
    watched.map_err(|error| Error::Refused { detail: error.to_string() })?;
    for version in crd.spec.versions.iter().filter(|version| version.served) {
        let resource = ApiResource {
            group: crd.spec.group.clone(),
            version: version.name.clone(),
            api_version: format!("{}/{}", crd.spec.group, version.name),
            kind: crd.spec.names.kind.clone(),
            plural: crd.spec.names.plural.clone(),
        };
        let objects = Api::<DynamicObject>::all_with(client.clone(), &resource);
        while let Err(error) = objects.list(&ListParams::default().limit(1)).await {
            match error {
                kube::Error::Api(status) if status.code == 404 || status.code >= 500 => {
                    sleep(Duration::from_millis(20)).await;
                }
                error => return Err(error.into()),
            }
        }
    }
    Ok(())
}
