use std::{collections::BTreeMap, sync::Arc};

use crate::{
    environments::{
        error::Error,
        instance::Instance,
        lifetime::Terms,
        plan::pool::{self, Counters},
        ports::TemplateEntry,
        settings::Settings,
        template::Template,
    },
    identity::Identity,
};

use super::{Environment, Environments};

/// A template that anybody may ask for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CatalogEntry {
    /// The template.
    pub template: Arc<Template>,
    /// The lifetime it grants.
    pub terms: Terms,
}

/// A template as administrators see it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TemplateRow {
    /// The template.
    pub entry: TemplateEntry,
    /// How many members its pool has.
    pub counters: Counters,
}

impl CatalogEntry {
    fn of(entry: TemplateEntry, settings: &Settings) -> Self {
        Self { terms: settings.terms(&entry.template), template: entry.template }
    }
}

impl Environments {
    /// The templates that are enabled and visible, in the order of their names.
    #[must_use]
    pub fn available(&self) -> Vec<CatalogEntry> {
        let settings = self.observer.settings();
        let offered = |entry: &TemplateEntry| entry.template.enabled && entry.template.visible;
        self.observer.templates().into_iter().filter(offered).map(|entry| CatalogEntry::of(entry, &settings)).collect()
    }

    /// The template of that name, if it can be asked for.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Disabled`].
    pub fn offered(&self, name: &str) -> Result<CatalogEntry, Error> {
        Ok(CatalogEntry::of(self.enabled(name)?, &self.observer.settings()))
    }

    /// The template of that name, unless it is disabled.
    pub(super) fn enabled(&self, name: &str) -> Result<TemplateEntry, Error> {
        let entry = self.observer.template(name).ok_or_else(|| Error::NotFound(name.to_owned()))?;
        if entry.template.enabled { Ok(entry) } else { Err(Error::Disabled(name.to_owned())) }
    }

    /// Every live environment, whoever owns it, in the order of template and owner.
    ///
    /// # Errors
    /// [`Error::AdminRequired`] for everybody else.
    pub fn list_all(&self, identity: &Identity) -> Result<Vec<Environment>, Error> {
        require_admin(identity)?;
        Ok(self.described(identity, self.observer.claims()))
    }

    /// Every instance, free pool members and those in teardown included, in the order of template and name.
    ///
    /// # Errors
    /// [`Error::AdminRequired`] for everybody else.
    pub fn all_instances(&self, identity: &Identity) -> Result<Vec<Arc<Instance>>, Error> {
        require_admin(identity)?;
        let mut instances = self.observer.instances();
        instances.sort_by(|a, b| (&a.template, &a.meta.key.name).cmp(&(&b.template, &b.meta.key.name)));
        Ok(instances)
    }

    /// Every template, hidden and disabled ones included, in the order of their names.
    ///
    /// # Errors
    /// [`Error::AdminRequired`] for everybody else.
    pub fn all_templates(&self, identity: &Identity) -> Result<Vec<TemplateRow>, Error> {
        require_admin(identity)?;
        let mut members = BTreeMap::<String, Vec<_>>::new();
        for instance in self.observer.instances() {
            members.entry(instance.template.clone()).or_default().push(instance);
        }
        let mut entries = self.observer.templates();
        entries.sort_by(|a, b| a.template.name.cmp(&b.template.name));
        let row = |entry: TemplateEntry| {
            let counters = pool::count(members.get(&entry.template.name).into_iter().flatten());
            TemplateRow { entry, counters }
        };
        Ok(entries.into_iter().map(row).collect())
    }
}

pub(super) fn require_admin(identity: &Identity) -> Result<(), Error> {
    if identity.admin { Ok(()) } else { Err(Error::AdminRequired) }
}
