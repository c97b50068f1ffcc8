//! Clients with layers of ours around kube's stack.

use http::{Request, Response};
use kube::client::{Body, ClientBuilder, DynBody};
use kube::{Client, Config};
use tower::util::{BoxLayer, BoxService};
use tower::{BoxError, Layer, Service};

use super::{Leadership, fence::Fence};

/// What kube's default stack is, boxed.
pub type Stack = BoxService<Request<Body>, Response<Box<DynBody>>, BoxError>;

/// A layer around a [`Stack`] that gives a [`Stack`] again, so that any number of them compose.
pub type StackLayer = BoxLayer<Stack, Request<Body>, Response<Box<DynBody>>, BoxError>;

/// Makes a [`StackLayer`] of any layer.
pub fn layer<L>(layer: L) -> StackLayer
where
    L: Layer<Stack> + Send + Sync + 'static,
    L::Service: Service<Request<Body>, Response = Response<Box<DynBody>>, Error = BoxError> + Send + 'static,
    <L::Service as Service<Request<Body>>>::Future: Send + 'static,
{
    BoxLayer::new(layer)
}

/// A client with kube's default stack and these layers around it, the last one outermost.
///
/// # Errors
///
/// What kube says of the configuration: certificates or a proxy it cannot use.
pub fn build(config: Config, layers: impl IntoIterator<Item = StackLayer>) -> kube::Result<Client> {
    let builder: ClientBuilder<Stack> = ClientBuilder::try_from(config)?;
    Ok(layers.into_iter().fold(builder, |builder, layer| builder.with_layer(&layer)).build())
}

/// `client` behind a fence: the same connection, but writes ask `leadership` first.
#[must_use]
pub fn guard(client: &Client, leadership: Leadership) -> Client {
    let namespace = client.default_namespace().to_owned();
    let inner = client.clone();
    let send = tower::service_fn(move |request: Request<Body>| {
        let inner = inner.clone();
        async move { inner.send(request).await }
    });
    Client::new(Fence::new(leadership).layer(send), namespace)
}
