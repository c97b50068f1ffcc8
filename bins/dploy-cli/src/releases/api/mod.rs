//! The routes of the release service, one method for each.

use reqwest::{Method, RequestBuilder};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{client::Client, error::Error};

mod applications;
mod deployments;
mod operations;
mod versions;

pub(crate) use applications::PolicyRequest;
pub(crate) use deployments::{DeploymentFilter, RollbackTo};
pub(crate) use operations::{AuditFilter, KeyRequest, TargetRequest};
pub(crate) use versions::{Artifact, DraftRequest, VersionFilter};

/// The most items that the server gives at once.
const PAGE: usize = 100;

impl Client {
    /// A request to `/api/v1` and `path` below it.
    fn release(&self, method: Method, path: &[&str]) -> Result<RequestBuilder, Error> {
        self.authorised(method, &[&["api", "v1"][..], path].concat())
    }

    /// The items of the list at `path`, page after page, at most `limit` where that is given.
    async fn pages<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
        key: &str,
        limit: Option<usize>,
    ) -> Result<Vec<T>, Error> {
        let most = limit.unwrap_or(usize::MAX);
        let mut items: Vec<T> = Vec::new();
        while items.len() < most {
            let (limit, offset) = (PAGE.min(most - items.len()).to_string(), items.len().to_string());
            let part = [("limit", limit.as_str()), ("offset", offset.as_str())];
            let request = self.release(Method::GET, path)?.query(query).query(&part);
            let (page, total) = self.page(request, key).await?;
            let ended = page.is_empty();
            items.extend(page);
            if ended || items.len() as u64 >= total {
                break;
            }
        }
        Ok(items)
    }

    /// The items of one page, and how many the whole list has.
    async fn page<T: DeserializeOwned>(&self, request: RequestBuilder, key: &str) -> Result<(Vec<T>, u64), Error> {
        let mut page: Value = self.json(request).await?;
        let total = page.get("total").and_then(Value::as_u64).unwrap_or_default();
        let items = page.get_mut(key).map(Value::take).unwrap_or_default();
        let unexpected = |source: serde_json::Error| Error::Unexpected { url: key.to_owned(), source: source.into() };
        Ok((serde_json::from_value(items).map_err(unexpected)?, total))
    }
}
