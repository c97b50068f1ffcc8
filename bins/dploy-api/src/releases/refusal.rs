use std::collections::BTreeMap;

use utoipa::{
    IntoResponses,
    openapi::{RefOr, Response},
};

use crate::envelope;

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

fn responses(more: &[(&'static str, &'static str)]) -> BTreeMap<String, RefOr<Response>> {
    envelope::responses(READING.iter().chain(more))
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
