use std::{
    collections::HashMap,
    fs::File,
    io::{BufRead, BufReader, Seek as _, SeekFrom},
    path::PathBuf,
};

use serde::Deserialize;

use super::Error;

/// One request the API server has got.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Request {
    /// Who asked; the impersonated user where there was one.
    pub user: String,
    /// The API verb: `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`.
    pub verb: String,
    /// The API group; empty for the core group and for paths that are no resources.
    pub group: String,
    /// The plural of the resource; empty for paths that are no resources.
    pub resource: String,
    /// `status`, `scale` or the like; empty for the object itself.
    pub subresource: String,
    /// The namespace; empty for resources of the cluster.
    pub namespace: String,
    /// The object's name; empty for collections.
    pub name: String,
    /// The path and query.
    pub uri: String,
    /// The answer's HTTP status, logged a moment after the answer was sent; `None` until then.
    pub code: Option<u16>,
}

impl Request {
    /// Whether the verb may change something.
    #[must_use]
    pub fn is_mutating(&self) -> bool {
        matches!(self.verb.as_str(), "create" | "update" | "patch" | "delete" | "deletecollection")
    }
}

/// A moment in the audit log; see [`Audit::mark`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark(u64);

/// Which requests are meant; everything not named matches.
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct Filter {
    user: Option<String>,
    verb: Option<String>,
    group: Option<String>,
    resource: Option<String>,
    subresource: Option<String>,
    namespace: Option<String>,
    name: Option<String>,
    without: Vec<String>,
    mutating: bool,
    since: Option<Mark>,
}

/// One setter for each field that is compared for equality.
macro_rules! equal {
    ($($field:ident: $doc:literal,)*) => {
        impl Filter {
            $(
                #[doc = $doc]
                pub fn $field(mut self, $field: &str) -> Self {
                    self.$field = Some($field.to_owned());
                    self
                }
            )*

            fn equals(&self, request: &Request) -> bool {
                $(self.$field.as_ref().is_none_or(|wanted| *wanted == request.$field))&&*
            }
        }
    };
}

equal! {
    user: "Only requests of this user.",
    verb: "Only requests with this API verb.",
    group: "Only resources of this API group.",
    resource: "Only this resource, by its plural.",
    subresource: "Only this subresource; empty for objects themselves.",
    namespace: "Only this namespace.",
    name: "Only objects of this name.",
}

impl Filter {
    /// A filter that every request passes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Leaves out a resource, for instance `leases`.
    pub fn without(mut self, resource: &str) -> Self {
        self.without.push(resource.to_owned());
        self
    }

    /// Only requests that may change something.
    pub fn mutating(mut self) -> Self {
        self.mutating = true;
        self
    }

    /// Only requests that arrived after a mark.
    pub fn since(mut self, mark: Mark) -> Self {
        self.since = Some(mark);
        self
    }

    /// Whether a request passes, apart from [`since`](Self::since).
    #[must_use]
    pub fn matches(&self, request: &Request) -> bool {
        self.equals(request) && (!self.mutating || request.is_mutating()) && !self.without.contains(&request.resource)
    }
}

/// The API server's audit log: every request except health checks.
#[derive(Debug, Clone)]
pub struct Audit {
    log: PathBuf,
}

impl Audit {
    pub(super) fn new(log: PathBuf) -> Self {
        Self { log }
    }

    /// Now: requests answered before are not "since" this mark, later ones are.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn mark(&self) -> Result<Mark, Error> {
        let metadata = std::fs::metadata(&self.log).map_err(|source| self.failed(source))?;
        Ok(Mark(metadata.len()))
    }

    /// The requests that pass the filter, in the order of their arrival.
    ///
    /// A request is logged before it is answered: whoever has the answer finds it here.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn requests(&self, filter: &Filter) -> Result<Vec<Request>, Error> {
        let mut log = File::open(&self.log).map_err(|source| self.failed(source))?;
        let Mark(from) = filter.since.unwrap_or(Mark(0));
        log.seek(SeekFrom::Start(from)).map_err(|source| self.failed(source))?;
        let mut requests = self.parse(BufReader::new(log))?;
        requests.retain(|request| filter.matches(request));
        Ok(requests)
    }

    /// How many requests pass the filter.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn count(&self, filter: &Filter) -> Result<usize, Error> {
        Ok(self.requests(filter)?.len())
    }

    /// A request's later stages complete what is known of it; those of requests
    /// that arrived before the first line are passed over.
    fn parse(&self, mut log: impl BufRead) -> Result<Vec<Request>, Error> {
        let mut requests: Vec<Request> = Vec::new();
        let mut known: HashMap<String, usize> = HashMap::new();
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = log.read_until(b'\n', &mut line).map_err(|source| self.failed(source))?;
            if read == 0 {
                return Ok(requests);
            }
            // The last line may be half written.
            let Ok(event) = serde_json::from_slice::<Event>(&line) else { continue };
            let id = event.audit_id.clone();
            if event.stage == "RequestReceived" {
                known.insert(id, requests.len());
                requests.push(event.into());
            } else if let Some(request) = known.get(&id).and_then(|index| requests.get_mut(*index)) {
                *request = event.into();
            }
        }
    }

    fn failed(&self, source: std::io::Error) -> Error {
        Error::File { path: self.log.clone(), source }
    }
}

/// What we read of `audit.k8s.io/v1` Event.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    #[serde(rename = "auditID")]
    audit_id: String,
    stage: String,
    #[serde(rename = "requestURI")]
    request_uri: String,
    verb: String,
    user: User,
    impersonated_user: Option<User>,
    #[serde(default)]
    object_ref: ObjectRef,
    response_status: Option<ResponseStatus>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ObjectRef {
    api_group: String,
    resource: String,
    subresource: String,
    namespace: String,
    name: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct User {
    username: String,
}

#[derive(Deserialize)]
struct ResponseStatus {
    code: Option<u16>,
}

impl From<Event> for Request {
    fn from(event: Event) -> Self {
        let object = event.object_ref;
        Self {
            user: event.impersonated_user.unwrap_or(event.user).username,
            verb: event.verb,
            group: object.api_group,
            resource: object.resource,
            subresource: object.subresource,
            namespace: object.namespace,
            name: object.name,
            uri: event.request_uri,
            code: event.response_status.and_then(|status| status.code),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = r#"
{"auditID":"1","stage":"RequestReceived","requestURI":"/a","verb":"patch","user":{"username":"admin"},"objectRef":{"resource":"pods","namespace":"n","name":"p"}}
{"auditID":"2","stage":"RequestReceived","requestURI":"/b","verb":"list","user":{"username":"api"},"objectRef":{"resource":"leases","apiGroup":"coordination.k8s.io"}}
{"auditID":"0","stage":"ResponseComplete","requestURI":"/z","verb":"delete","user":{"username":"admin"},"responseStatus":{"code":200}}
{"auditID":"1","stage":"ResponseComplete","requestURI":"/a","verb":"patch","user":{"username":"admin"},"impersonatedUser":{"username":"eve"},"objectRef":{"resource":"pods","namespace":"n","name":"p"},"responseStatus":{"code":403}}
{"auditID":"3","stage":"Request"#;

    fn count(filter: Filter) -> usize {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), LOG).unwrap();
        Audit::new(file.path().to_owned()).count(&filter).unwrap()
    }

    #[test]
    fn stages_of_one_request_count_once_with_the_impersonated_user() {
        assert_eq!(count(Filter::new()), 2);
        assert_eq!(count(Filter::new().user("eve").verb("patch").resource("pods").namespace("n")), 1);
        assert_eq!(count(Filter::new().user("admin")), 0);
    }

    #[test]
    fn filters_narrow_by_effect_and_resource() {
        assert_eq!(count(Filter::new().mutating()), 1);
        assert_eq!(count(Filter::new().without("leases")), 1);
        assert_eq!(count(Filter::new().group("coordination.k8s.io").subresource("")), 1);
        assert_eq!(count(Filter::new().since(Mark(LOG.len() as u64))), 0);
    }
}
