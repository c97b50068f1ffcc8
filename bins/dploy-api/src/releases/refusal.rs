use std::collections::BTreeMap;

use utoipa::{
    IntoResponses,
    openapi::{Content, Ref, RefOr, Response, ResponseBuilder},
};

/// What every route may answer instead of a success.
pub(crate) struct Reading;

/// What a route that changes something may answer instead of a success.
pub(crate) struct Writing;

const READING: &[(&str, &str)] = &[
    ("400", "A part of the request is wrong; the message names it and what is accepted."),
    ("401", "The credentials are missing or not accepted."),
    ("403", "The credentials do not allow this; the message names the permission."),
    ("404", "There is no such thing, or the caller may not know of it."),
    ("503", "Something behind the server does not answer; try again shortly."),
];

fn responses(more: &[(&str, &str)]) -> BTreeMap<String, RefOr<Response>> {
    let response = |(status, description): &(&str, &str)| {
        let content = Content::new(Some(RefOr::Ref(Ref::from_schema_name("Envelope"))));
        let response = ResponseBuilder::new().description(*description).content("application/json", content).build();
        ((*status).to_owned(), response.into())
    };
    READING.iter().chain(more).map(response).collect()
}

impl IntoResponses for Reading {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses(&[])
    }
}

impl IntoResponses for Writing {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses(&[("409", "It exists already, or its state does not allow this.")])
    }
}
