use crate::releases::{
    access::{Action, Caller},
    audit::{AuditEvent, AuditFilter},
    error::Error,
    page::{Page, Paged},
};

use super::{Releases, permission::Deed};

impl Releases {
    /// The audit, newest first; needs `admin`.
    ///
    /// # Errors
    /// [`Error::Forbidden`], and where the records do not answer.
    pub async fn audit(&self, caller: &Caller, filter: &AuditFilter, page: Page) -> Result<Paged<AuditEvent>, Error> {
        let deed = Deed { verb: "audit.list", object: "audit".to_owned(), app: None };
        self.permit(caller, Action::Admin, &deed).await?;
        Ok(self.parts.records.list_events(filter, page).await?)
    }
}
