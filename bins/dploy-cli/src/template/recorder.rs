//! An API server in memory that has nothing and remembers what is created: what an engine would write.

use std::sync::{Arc, Mutex, PoisonError};

use http::{Method, Request, Response, StatusCode};
use kube::{
    Client,
    client::Body,
    core::{Status, response::reason},
};
use serde_json::{Value, json};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// What was created so far, in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Recorder(Arc<Mutex<Vec<Value>>>);

impl Recorder {
    /// A client of this API server; `namespace` is its default.
    pub(super) fn client(&self, namespace: &str) -> Client {
        let recorder = self.clone();
        Client::new(tower::service_fn(move |request| recorder.clone().answer(request)), namespace)
    }

    /// The objects as they were created.
    pub(super) fn created(&self) -> Vec<Value> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn answer(self, request: Request<Body>) -> Result<Response<Body>, Failure> {
        let (parts, body) = request.into_parts();
        if parts.method != Method::POST {
            let missing = Status::failure("nothing is here", reason::NOT_FOUND).with_code(404);
            return reply(StatusCode::NOT_FOUND, &serde_json::to_value(missing)?);
        }
        let mut object: Value = serde_json::from_slice(&body.collect_bytes().await?)?;
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(object.clone());
        if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.extend([("uid".to_owned(), json!("created")), ("resourceVersion".to_owned(), json!("1"))]);
        }
        reply(StatusCode::CREATED, &object)
    }
}

fn reply(status: StatusCode, body: &Value) -> Result<Response<Body>, Failure> {
    let response = Response::builder().status(status).header("Content-Type", "application/json");
    Ok(response.body(Body::from(serde_json::to_vec(body)?))?)
}
