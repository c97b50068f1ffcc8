//! Templates as accepted under the configuration in force, parsed once per revision.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, PoisonError, RwLock},
};

use dploy_core::environments::{
    ObjectKey,
    marks::Marks,
    ports::Engine,
    rendering::{RenderError, Renderer},
    settings::{Fallbacks, Revision, Settings},
    template::EngineKind,
};

use crate::{
    api::{DployTemplate, OperatorConfigSpec},
    cluster::ObjectKey as Key,
};

use super::{
    Caches,
    convert::{self, Refusal},
    revision::Content,
};

/// The engines of an operator, by what templates call them.
pub type Engines = BTreeMap<EngineKind, Arc<dyn Engine>>;

/// The name of the one OperatorConfig that counts.
pub(super) const CONFIG_NAME: &str = "default";

/// A revision with its texts parsed.
#[derive(Debug)]
pub(super) struct Compiled {
    pub(super) revision: Arc<Revision>,
    pub(super) renderer: Result<Renderer, RenderError>,
}

/// What is known of a template under the configuration in force.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) content: Content,
    pub(super) compiled: Arc<Compiled>,
    pub(super) marks: Marks,
}

type Verdict = Result<Arc<Entry>, Refusal>;

/// Accepts templates and hands out revisions, remembering what it made of each.
#[derive(Debug)]
pub(super) struct Catalog {
    engines: Engines,
    fallbacks: Fallbacks,
    current: RwLock<HashMap<Key, (Stamp, Verdict)>>,
    compiled: RwLock<HashMap<String, Arc<Compiled>>>,
}

/// The reason where the engine of a template is not there or cannot install anything.
pub(super) const ENGINE_NOT_AVAILABLE: &str = "EngineNotAvailable";

/// What a verdict depends on: incarnation, generation, metadata, configuration, and what keeps engines from working.
#[derive(Clone, PartialEq, Debug)]
struct Stamp(
    Option<String>,
    Option<i64>,
    Option<BTreeMap<String, String>>,
    Option<BTreeMap<String, String>>,
    OperatorConfigSpec,
    Vec<Option<String>>,
);

impl Catalog {
    pub(super) fn new(engines: Engines, fallbacks: Fallbacks) -> Self {
        Self { engines, fallbacks, current: RwLock::default(), compiled: RwLock::default() }
    }

    /// The configuration in force.
    pub(super) fn config(&self, caches: &Caches) -> OperatorConfigSpec {
        let stored = caches.configs.cache().get(&Key::cluster(CONFIG_NAME));
        convert::effective_spec(stored.as_ref().map(|config| &config.spec), &self.fallbacks)
    }

    /// The settings in force.
    pub(super) fn settings(&self, caches: &Caches) -> Settings {
        convert::settings(&self.config(caches))
    }

    /// The current revision of a template, or why its spec is not accepted.
    pub(super) fn current(&self, caches: &Caches, template: &DployTemplate) -> Verdict {
        let config = self.config(caches);
        let meta = &template.metadata;
        let engines = self.engines.values().map(|engine| engine.unavailable()).collect();
        let (labels, annotations) = (meta.labels.clone(), meta.annotations.clone());
        let stamp = Stamp(meta.uid.clone(), meta.generation, labels, annotations, config, engines);
        let key = Key::of(template);
        let known = self
            .current
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&key)
            .filter(|(of, _)| *of == stamp)
            .cloned();
        if let Some((_, verdict)) = known {
            return verdict;
        }
        let verdict = self.judge(template, &stamp.4);
        self.current.write().unwrap_or_else(PoisonError::into_inner).insert(key, (stamp, verdict.clone()));
        verdict
    }

    fn judge(&self, template: &DployTemplate, config: &OperatorConfigSpec) -> Verdict {
        let content = Content::of(template, config)?;
        let revision = content.revision()?;
        let engine = revision.settings.engine_of(&revision.template);
        self.find_engine(engine)?;
        if engine != EngineKind::Flux && revision.template.chart.secret.is_some() {
            return Err(Refusal::secret());
        }
        let compiled = self.compile(revision);
        Ok(Arc::new(Entry { content, compiled, marks: convert::marks(template) }))
    }

    fn find_engine(&self, kind: EngineKind) -> Result<(), Refusal> {
        let refused = |why: String| {
            let message = format!("engine {} is not available; {why}", kind.as_str());
            Err(Refusal { reason: ENGINE_NOT_AVAILABLE, message })
        };
        match self.engines.get(&kind).map(|engine| engine.unavailable()) {
            Some(None) => Ok(()),
            Some(Some(why)) => refused(why),
            None => {
                let available: Vec<_> = self.engines.keys().map(|engine| engine.as_str()).collect();
                refused(format!("this operator has {}", available.join(", ")))
            }
        }
    }

    /// The parsed texts of a revision.
    fn compile(&self, revision: Revision) -> Arc<Compiled> {
        let name = revision.name.clone();
        if let Some(known) = self.compiled.read().unwrap_or_else(PoisonError::into_inner).get(&name) {
            return Arc::clone(known);
        }
        let revision = Arc::new(revision);
        let compiled = Arc::new(Compiled { renderer: Renderer::new(Arc::clone(&revision)), revision });
        self.compiled.write().unwrap_or_else(PoisonError::into_inner).insert(name, Arc::clone(&compiled));
        compiled
    }

    /// The revision of that name that an instance in `namespace` is pinned to, if it is kept.
    pub(super) fn pinned(&self, caches: &Caches, namespace: &str, name: &str) -> Option<Arc<Compiled>> {
        if let Some(known) = self.compiled.read().unwrap_or_else(PoisonError::into_inner).get(name) {
            return Some(Arc::clone(known));
        }
        let stored = caches.revisions.cache().get(&Key::namespaced(namespace, name))?;
        let revision = Content::read(&stored)?.revision().ok()?;
        Some(self.compile(Revision { name: name.to_owned(), ..revision }))
    }

    /// Forgets what no template and no instance needs any more.
    pub(super) fn forget(&self, template: &ObjectKey, kept: &std::collections::BTreeSet<String>) {
        self.compiled
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|name, compiled| compiled.revision.template.name != template.name || kept.contains(name));
    }
}

#[cfg(test)]
mod tests {
    use dploy_core::testing::FakeEngine;

    use super::*;

    #[test]
    fn a_secret_is_refused_where_the_default_engine_is_not_flux() {
        let yaml = "metadata: { name: t }\nspec: { chart: { repoURL: r, path: c, secretRef: { name: s } } }";
        let template: DployTemplate = yaml_serde::from_str(yaml).unwrap();
        let engine = |kind| (kind, Arc::new(FakeEngine::new()) as Arc<dyn Engine>);
        let engines = Engines::from([EngineKind::Flux, EngineKind::ArgoCd].map(engine));
        let catalog = Catalog::new(engines, Fallbacks::default());
        let config = |yaml: &str| yaml_serde::from_str(yaml).unwrap();
        assert!(catalog.judge(&template, &config("{}")).is_ok());
        let refusal = catalog.judge(&template, &config("{ defaultEngine: argocd }")).unwrap_err();
        assert_eq!(refusal.reason, "InvalidSpec");
        assert!(refusal.message.starts_with("chart.secretRef needs engine flux: Argo CD keeps"), "{}", refusal.message);
    }
}
