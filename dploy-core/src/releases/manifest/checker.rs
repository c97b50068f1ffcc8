//! The files of a version, one by one.

use std::collections::BTreeMap;

use crate::{
    releases::{
        application::ObjectRules,
        file::{ArchiveFile, FilePath},
        version::VersionMetadata,
    },
    yaml::{Content, Limits, Node, documents},
};

use super::{
    Problem, Problems,
    expected::Expected,
    kustomization::{self, Reference, references},
    object::{ObjectRef, objects},
    problem::Findings,
    resolve::resolve,
};

/// The most objects of a version.
const OBJECTS_MAX: usize = 10_000;
/// The most files and folders that its kustomizations name.
const REFERENCES_MAX: usize = 10_000;
/// So many problems are kept until it is known which of them count.
const KEPT_MAX: usize = 2_000;
/// What aliases may repeat in all files, in the units of [`Limits::expansion`].
const EXPANSION_MAX: usize = 200_000;

/// Checks the files of a version one by one; it keeps what they say of one another, not the files.
#[derive(Debug)]
pub struct Checker {
    rules: ObjectRules,
    expected: Expected,
    pub(super) files: BTreeMap<FilePath, Facts>,
    /// How many objects, references, problems and repeated values there may still be.
    objects: usize,
    references: usize,
    kept: usize,
    expansion: usize,
    pub(super) found: Vec<Problem>,
    pub(super) untold: usize,
}

/// What is known of a file.
#[derive(Debug)]
pub(super) struct Facts {
    pub(super) kind: Kind,
    /// Why it is no YAML.
    pub(super) syntax: Findings,
    /// What is wrong with its objects, if it has to hold some.
    pub(super) findings: Findings,
    pub(super) objects: Vec<ObjectRef>,
    pub(super) references: Vec<Reference>,
}

/// What a file is by its name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// `version.yml` at the top.
    Version,
    /// One of kustomize's names.
    Kustomization,
    /// `.yaml` or `.yml`.
    Yaml,
    /// `.json`, which holds objects when a kustomization says so.
    Json,
    /// Anything else.
    Other,
}

/// The files of a version that were accepted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Manifests {
    /// The files that are committed, sorted: YAML, and what kustomizations need beside it.
    pub files: Vec<FilePath>,
    /// What a kustomization at the top would have to list, sorted: files with objects, and the folders of kustomizations
    /// that no other names (instead of the files below them).
    pub resources: Vec<String>,
    /// The objects, as they stand in the files, by file and line.
    pub objects: Vec<ObjectRef>,
    /// The kustomization at the top, if there is one.
    pub has_kustomization: Option<FilePath>,
}

impl Kind {
    fn of(path: &FilePath) -> Self {
        match path.name() {
            _ if matches!(path.as_str(), "version.yml" | "version.yaml") => Self::Version,
            name if kustomization::NAMES.contains(&name) => Self::Kustomization,
            name if name.ends_with(".yaml") || name.ends_with(".yml") => Self::Yaml,
            name if name.ends_with(".json") => Self::Json,
            _ => Self::Other,
        }
    }
}

impl Checker {
    /// Checks files of a version of that id and origin under these rules.
    #[must_use]
    pub fn new(rules: ObjectRules, draft: &VersionMetadata, version: &str) -> Self {
        Self {
            rules,
            expected: Expected::new(version, draft),
            files: BTreeMap::new(),
            objects: OBJECTS_MAX,
            references: REFERENCES_MAX,
            kept: KEPT_MAX,
            expansion: EXPANSION_MAX,
            found: Vec::new(),
            untold: 0,
        }
    }

    /// Takes the next file; the paths of all files differ.
    pub fn file(&mut self, file: &ArchiveFile) {
        let kind = Kind::of(&file.path);
        let mut facts = Facts {
            kind,
            syntax: Findings::default(),
            findings: Findings::default(),
            objects: Vec::new(),
            references: Vec::new(),
        };
        match kind {
            Kind::Other => spelling(&file.path, &mut facts.findings),
            _ => self.read(file, &mut facts),
        }
        facts.syntax = facts.syntax.within(&mut self.kept);
        facts.findings = facts.findings.within(&mut self.kept);
        self.files.insert(file.path.clone(), facts);
    }

    /// What was accepted.
    ///
    /// # Errors
    /// Everything that is wrong with the files, the first hundred one by one.
    pub fn finish(mut self) -> Result<Manifests, Problems> {
        let manifests = resolve(&mut self);
        match Problems::of(self.found, self.untold) {
            Some(problems) => Err(problems),
            None => Ok(manifests),
        }
    }

    fn read(&mut self, file: &ArchiveFile, facts: &mut Facts) {
        let limits = Limits { expansion: self.expansion.min(Limits::default().expansion), ..Limits::default() };
        let mut read = documents(&file.bytes, &limits);
        let mut count = 0_usize;
        for document in read.by_ref() {
            match document {
                Ok(node) if node.content == Content::Null => {}
                Ok(node) => {
                    count += 1;
                    self.document(&node, count, file, facts);
                }
                Err(error) => facts.syntax.add(error.at.line, format!("column {}: {}", error.at.column, error.message)),
            }
        }
        self.expansion = self.expansion.saturating_sub(read.expanded());
        let broken = !facts.syntax.kept.is_empty();
        if count == 0 && !broken && facts.kind != Kind::Version {
            facts.findings.whole("the file is empty; one or more objects are accepted");
        }
    }

    fn document(&mut self, node: &Node, count: usize, file: &ArchiveFile, facts: &mut Facts) {
        match facts.kind {
            Kind::Version if count == 1 => self.expected.check(node, &mut facts.findings),
            Kind::Kustomization if count == 1 => self.kustomization(node, facts),
            Kind::Version | Kind::Kustomization => {
                facts.findings.add(node.at.line, "a second document; one is accepted in this file");
            }
            _ => {
                let path = file.path.as_str();
                let room = self.objects;
                objects(node, path, &self.rules, &mut self.objects, &mut facts.objects, &mut facts.findings);
                if room > 0 && self.objects == 0 {
                    facts.findings.add(node.at.line, format!("a version has fewer than {OBJECTS_MAX} objects"));
                }
            }
        }
    }

    fn kustomization(&mut self, node: &Node, facts: &mut Facts) {
        facts.references = references(node, &self.rules, &mut facts.findings);
        let Some(left) = self.references.checked_sub(facts.references.len()) else {
            facts.references = Vec::new();
            let message = format!("the kustomizations of a version name at most {REFERENCES_MAX} files");
            return facts.findings.whole(message);
        };
        self.references = left;
    }
}

/// Refuses YAML that nothing would read as such.
fn spelling(path: &FilePath, findings: &mut Findings) {
    let name = path.name().to_lowercase();
    if name.ends_with(".yaml") || name.ends_with(".yml") {
        findings.whole("the name ends in upper case; .yaml and .yml are accepted");
    }
}
