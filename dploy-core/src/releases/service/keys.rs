use serde_json::json;

use crate::{
    json::Json,
    releases::{
        access::{Action, Caller, Scope},
        api_key::{ApiKey, KeySecret, SecretHash},
        error::Error,
        page::{Page, Paged},
        ports::RecordError,
    },
    time::Timestamp,
};

use super::{Releases, permission::Deed};

/// Seconds between two notes that a key was used.
const TOUCH_SECONDS: i64 = 60;
/// The longest name of a key, in characters.
const NAME_MAX: usize = 100;

/// A key that is to be made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewKey {
    /// What it is for.
    pub name: String,
    /// What its bearer may do.
    pub scope: Scope,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
}

/// A key that was made, with its secret, which is never shown again.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewSecret {
    /// The key.
    pub key: ApiKey,
    /// The secret.
    pub secret: KeySecret,
}

impl Releases {
    /// The caller that a presented key stands for; `None` where it stands for nobody.
    ///
    /// # Errors
    /// Where the records do not answer.
    pub async fn authenticate_key(&self, secret: &KeySecret) -> Result<Option<Caller>, Error> {
        let Some(prefix) = secret.prefix() else { return Ok(None) };
        let now = self.parts.clock.now();
        let keys = self.parts.records.find_keys(prefix).await?;
        let Some(key) = keys.into_iter().find(|key| key.hash.matches(secret) && key.is_valid(now)) else {
            return Ok(None);
        };
        if key.used_at.is_none_or(|used| used.plus_seconds(TOUCH_SECONDS) <= now)
            && let Err(error) = self.parts.records.touch_key(&key.id, now).await
        {
            tracing::warn!(key.id, error = &error as &dyn std::error::Error, "use of a key not noted");
        }
        Ok(Some(Caller::new(format!("key:{}", key.name), key.scope)))
    }

    /// Makes a key; needs `admin`, and no key may do more than its maker.
    ///
    /// # Errors
    /// [`Error::Exists`] for the name of a key in use; [`Error::Invalid`]; [`Error::Forbidden`], and where the records do not
    /// answer.
    pub async fn create_key(&self, caller: &Caller, new: NewKey) -> Result<NewSecret, Error> {
        let deed = deed("key.create", format!("key/{}", new.name));
        self.permit(caller, Action::Admin, &deed).await?;
        self.check_key(caller, &new)?;
        let secret = KeySecret::generate(self.parts.random.bytes());
        let mut salt = [0; 16];
        salt.iter_mut().zip(self.parts.random.bytes()).for_each(|(to, from)| *to = from);
        let key = ApiKey {
            id: self.id(),
            name: new.name,
            prefix: secret.prefix().unwrap_or_default().to_owned(),
            hash: SecretHash::of(&secret, salt),
            scope: new.scope,
            created_by: caller.actor.clone(),
            created_at: self.parts.clock.now(),
            expires_at: new.expires_at,
            used_at: None,
            revoked_at: None,
        };
        let event = self.event(caller, &deed, detail(&key));
        match self.parts.records.create_key(&key, &event).await {
            Err(RecordError::Conflict) => Err(Error::Exists { what: "key", name: key.name }),
            other => Ok(other.map(|()| NewSecret { key, secret })?),
        }
    }

    /// Keys, without their secrets; needs `admin`.
    ///
    /// # Errors
    /// [`Error::Forbidden`], and where the records do not answer.
    pub async fn keys(&self, caller: &Caller, page: Page) -> Result<Paged<ApiKey>, Error> {
        self.permit(caller, Action::Admin, &deed("key.list", "key".to_owned())).await?;
        Ok(self.parts.records.list_keys(page).await?)
    }

    /// Revokes a key at once; needs `admin`.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`], and where the records do not answer.
    pub async fn revoke_key(&self, caller: &Caller, id: &str) -> Result<(), Error> {
        let deed = deed("key.revoke", format!("key/{id}"));
        self.permit(caller, Action::Admin, &deed).await?;
        let event = self.event(caller, &deed, Json::object());
        match self.parts.records.revoke_key(id, self.parts.clock.now(), &event).await {
            Err(RecordError::NotFound) => Err(Error::not_found("key", id)),
            other => Ok(other?),
        }
    }

    fn check_key(&self, caller: &Caller, new: &NewKey) -> Result<(), Error> {
        let name = &new.name;
        if name.trim() != name || name.is_empty() || name.chars().count() > NAME_MAX || name.contains(char::is_control)
        {
            let accepted = format!("1 to {NAME_MAX} characters without control characters or blanks at the ends");
            return Err(Error::invalid("name", accepted));
        }
        if new.scope.actions.is_empty() {
            let words: Vec<_> = Action::ALL.iter().map(|action| action.as_str()).collect();
            return Err(Error::invalid("actions", format!("at least one of {}", words.join(", "))));
        }
        if new.expires_at.is_some_and(|end| end <= self.parts.clock.now()) {
            return Err(Error::invalid("expiresAt", "a time to come"));
        }
        if !caller.scope.contains(&new.scope) {
            return Err(Error::invalid("actions", "what you may do yourself"));
        }
        Ok(())
    }
}

fn deed(verb: &'static str, object: String) -> Deed<'static> {
    Deed { verb, object, app: None }
}

fn detail(key: &ApiKey) -> Json {
    let actions: Vec<_> = key.scope.actions.iter().map(|action| action.as_str()).collect();
    json!({ "prefix": key.prefix, "actions": actions, "applications": key.scope.applications }).into()
}
