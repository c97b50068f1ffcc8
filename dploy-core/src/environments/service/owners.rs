use std::collections::BTreeSet;

use crate::{
    environments::{error::Error, template::Template},
    id::OwnerId,
    identity::{Identity, Owner, OwnerKey},
};

use super::Environments;

/// How many of a caller's owners are told where another was named.
const OWNERS_TOLD: usize = 10;

/// Whom a caller may act as, in the order in which they are tried; nobody twice.
#[derive(Debug)]
pub(super) struct Owners {
    /// By the claims that templates name, the person first.
    known: Vec<Owner>,
    /// By the token's other claims: environments of templates that are gone belong to them.
    further: Vec<Owner>,
}

impl Owners {
    pub(super) fn one(owner: Owner) -> Self {
        Self { known: vec![owner], further: Vec::new() }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Owner> {
        self.known.iter().chain(&self.further)
    }

    /// That `asked` is none of them; those that templates make owners are told.
    fn foreign(&self, asked: &str) -> Error {
        let mut own: Vec<_> = self.known.iter().take(OWNERS_TOLD).map(|owner| owner.key.as_str()).collect();
        own.extend((self.known.len() > OWNERS_TOLD).then_some("…"));
        let own = if own.is_empty() { "none here".to_owned() } else { own.join(", ") };
        Error::ForeignOwner { asked: asked.to_owned(), own }
    }

    pub(super) fn first(&self) -> Option<&Owner> {
        self.iter().next()
    }

    /// The one that `selector` names by its raw claim value, its id, or its readable part, in this order.
    fn selected(&self, identity: &Identity, selector: &str) -> Option<&Owner> {
        let raw: BTreeSet<_> =
            identity.claims.keys().map(|claim| OwnerId::derive(&identity.issuer, claim, selector)).collect();
        let key = OwnerKey::derive(selector);
        self.iter()
            .find(|owner| raw.contains(&owner.id))
            .or_else(|| self.iter().find(|owner| owner.id.as_str() == selector))
            .or_else(|| self.iter().find(|owner| Some(&owner.key) == key.as_ref()))
    }
}

impl Environments {
    /// Whom the caller may act as for `template`; `None` stands for any, also one that is gone.
    pub(super) fn owners(&self, identity: &Identity, template: Option<&Template>) -> Owners {
        if let Some(template) = template {
            return Owners { known: self.owners_by(identity, template.owner_claim.as_deref()), further: Vec::new() };
        }
        let named: BTreeSet<_> =
            self.observer.templates().iter().filter_map(|entry| entry.template.owner_claim.clone()).collect();
        let mut known = vec![identity.personal.clone()];
        let mut further = Vec::new();
        for claim in identity.claims.keys().filter(|claim| !self.is_personal(Some(claim))) {
            let list = if named.contains(claim) { &mut known } else { &mut further };
            list.extend(identity.owners_by_claim(claim));
        }
        Owners { known, further }
    }

    /// The owners narrowed to the one that the caller selected.
    pub(super) fn narrowed(
        &self,
        identity: &Identity,
        owners: Owners,
        selector: Option<&str>,
    ) -> Result<Owners, Error> {
        let Some(selector) = selector.filter(|selector| !selector.is_empty()) else { return Ok(owners) };
        match owners.selected(identity, selector) {
            Some(owner) => Ok(Owners::one(owner.clone())),
            None => Err(owners.foreign(selector)),
        }
    }

    /// The ids that claims of these owners carry.
    pub(super) fn ids(&self, owners: &Owners) -> BTreeSet<OwnerId> {
        let legacy = owners.known.iter().filter(|_| self.options.legacy_owners);
        let legacy = legacy.map(|owner| OwnerId::of_text(owner.key.as_str()));
        owners.iter().map(|owner| owner.id.clone()).chain(legacy).collect()
    }

    /// Whether objects with `id` belong to `owner`.
    pub(super) fn belongs(&self, id: &OwnerId, owner: &Owner) -> bool {
        *id == owner.id || (self.options.legacy_owners && *id == OwnerId::of_text(owner.key.as_str()))
    }

    fn owners_by(&self, identity: &Identity, claim: Option<&str>) -> Vec<Owner> {
        match claim {
            Some(claim) if !self.is_personal(Some(claim)) => identity.owners_by_claim(claim),
            _ => vec![identity.personal.clone()],
        }
    }

    fn is_personal(&self, claim: Option<&str>) -> bool {
        claim.is_none_or(|claim| claim.is_empty() || self.options.personal_claims.contains(claim))
    }
}
