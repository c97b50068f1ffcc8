use std::collections::BTreeMap;

use utoipa::{
    IntoResponses,
    openapi::{RefOr, Response},
};

use crate::envelope;

/// What every route of a caller may answer instead of a success.
pub(crate) struct Refusals;

const REFUSALS: &[(&str, &str)] = &[
    ("400", "A part of the request is wrong; the message names it and what is accepted."),
    ("401", "The token is missing or not accepted."),
    ("403", "The caller may not do this."),
    ("404", "There is no such thing, or the caller may not know of it."),
    ("503", "The platform does not answer, or its state is not known yet; try again shortly."),
];

impl IntoResponses for Refusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        envelope::responses(REFUSALS)
    }
}
