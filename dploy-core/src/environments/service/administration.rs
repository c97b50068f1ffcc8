use crate::{
    environments::{
        UidRef,
        audit::{Act, Deed, Outcome, Subject},
        claim::Claim,
        error::Error,
        marks::{Mark, Marks},
    },
    identity::Identity,
};

use super::{Address, Environments, catalog::require_admin, refused_by_store};

impl Environments {
    /// Sets a mark on a template or takes it off, and gives the marks that it has then.
    ///
    /// # Errors
    /// [`Error::AdminRequired`]; [`Error::NotFound`]; [`Error::TemplatesFixed`] where templates cannot be marked.
    pub async fn mark(&self, identity: &Identity, template: &str, mark: Mark, set: bool) -> Result<Marks, Error> {
        let marked = self.marked(identity, template, mark, set).await;
        if !matches!(marked, Ok((_, false))) {
            let subject = Subject::Template(template.to_owned());
            self.record(identity, Deed::Marked(mark, set), subject, Outcome::of(&marked));
        }
        marked.map(|(marks, _)| marks)
    }

    /// The marks that the template has then, and whether they have changed.
    async fn marked(&self, identity: &Identity, template: &str, mark: Mark, set: bool) -> Result<(Marks, bool), Error> {
        require_admin(identity)?;
        let unknown = || Error::NotFound(template.to_owned());
        let Some(marker) = &self.marker else {
            self.observer.template(template).ok_or_else(unknown)?;
            return Err(Error::TemplatesFixed(mark));
        };
        let marked = marker.mark(template, mark, set).await.map_err(refused_by_store)?.ok_or_else(unknown)?;
        Ok((marked.marks, marked.changed))
    }

    /// Keeps what the caller did to an environment, or tried to, as an owner or as an administrator.
    pub(super) fn record_of(
        &self,
        identity: &Identity,
        address: Address<'_>,
        deeds: [Deed; 2],
        claim: &Claim,
        outcome: Outcome,
    ) {
        let subject = Subject::Environment(claim.reference(), claim.template.clone());
        self.record(identity, chosen(address, deeds), subject, outcome);
    }

    /// Keeps that somebody who is no administrator tried what only administrators may.
    pub(super) fn record_denial<T>(
        &self,
        identity: &Identity,
        address: Address<'_>,
        deeds: [Deed; 2],
        result: Result<T, Error>,
    ) -> Result<T, Error> {
        if matches!(result, Err(Error::AdminRequired)) {
            let named = UidRef { name: address.to_string(), uid: String::new() };
            let subject = Subject::Environment(named, String::new());
            self.record(identity, chosen(address, deeds), subject, Outcome::of(&result));
        }
        result
    }

    pub(super) fn record(&self, identity: &Identity, deed: Deed, subject: Subject, outcome: Outcome) {
        self.audit.record(&Act { actor: identity.username.clone(), deed, subject, outcome });
    }
}

/// What an owner does by this address, or an administrator.
fn chosen(address: Address<'_>, [own, administrator]: [Deed; 2]) -> Deed {
    if matches!(address, Address::AnyId(_)) { administrator } else { own }
}
