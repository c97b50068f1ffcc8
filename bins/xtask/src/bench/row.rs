//! The rows: templates and their data.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use super::Error;
use crate::process::Error as ProcessError;

/// One row: files that both programs read.
pub(super) struct Row {
    pub(super) name: &'static str,
    templates: &'static [(&'static str, &'static str)],
    /// `context.json` is a struct with dploy's names, `data.json` any JSON.
    file: &'static str,
    data: String,
    /// Whether the templates call Helm's functions.
    helm: bool,
}

impl Row {
    /// Writes the row into a folder of its own.
    pub(super) fn write(&self, parent: &Path) -> Result<PathBuf, Error> {
        let folder = parent.join(self.name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).map_err(ProcessError::file(&folder))?;
        for (name, content) in self.templates.iter().copied().chain([(self.file, self.data.as_str())]) {
            let path = folder.join(name);
            fs::write(&path, content).map_err(ProcessError::file(&path))?;
        }
        if self.helm {
            let path = folder.join("helm");
            fs::write(&path, "").map_err(ProcessError::file(&path))?;
        }
        Ok(folder)
    }
}

/// Templates by the names of their files.
macro_rules! templates {
    ($($file:literal),+) => { &[$(($file, include_str!(concat!("rows/", $file)))),+] };
}

/// Every row of the table.
pub(super) fn all() -> Vec<Row> {
    let plain =
        |name, templates, data: Value| Row { name, templates, file: "data.json", data: data.to_string(), helm: false };
    vec![
        Row {
            name: "documented",
            templates: templates!(
                "message.tpl",
                "url-host.tpl",
                "url-owner.tpl",
                "url-path.tpl",
                "values-large.tpl",
                "values-small.tpl"
            ),
            file: "context.json",
            data: include_str!("rows/context.json").to_owned(),
            helm: false,
        },
        Row {
            name: "values",
            templates: templates!("values.tpl"),
            file: "data.json",
            data: include_str!("rows/values.json").to_owned(),
            helm: true,
        },
        plain("loop", templates!("loop.tpl"), items()),
        plain("strings", templates!("strings.tpl"), texts()),
        plain("json", templates!("json.tpl"), tree()),
        plain("yaml", templates!("yaml.tpl"), tree()),
    ]
}

/// 10,000 items.
fn items() -> Value {
    let item = |n: usize| json!({"name": format!("item-{n}"), "weight": n * 7 % 100, "enabled": n.is_multiple_of(3)});
    json!({"mode": "full", "items": (0..10_000).map(item).collect::<Vec<_>>()})
}

/// Texts of several KB.
fn texts() -> Value {
    const SENTENCE: &str = "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt \
        ut labore et dolore magna aliqua. Duis aute irure dolor in reprehenderit in voluptate velit esse cillum. ";
    const LINE: &str = "key: \"value with spaces\"\n  - nested item, déjà vu\n";
    json!({
        "text": SENTENCE.repeat(25),
        "lines": LINE.repeat(80),
        "padded": format!("{}padded{}", " ".repeat(500), "\n".repeat(500)),
        "word": "some-kebab-case words",
        "names": "FirstName lastName post-code HTTPServer ".repeat(20),
    })
}

/// What a large custom resource looks like: 50 services with lists, maps, texts and numbers.
fn tree() -> Value {
    let service = |n: usize| {
        json!({
            "name": format!("service-{n}"),
            "replicas": n % 5,
            "ratio": 0.25 + f64::from(u8::try_from(n).unwrap_or(0)),
            "enabled": n.is_multiple_of(2),
            "annotations": {
                "example.com/owner": format!("team-{}@example.com", n % 7),
                "example.com/notes": "first line\nsecond line: with a colon\n",
                "example.com/version": format!("{n}.0"),
            },
            "command": ["/bin/serve", "--listen", format!("0.0.0.0:{}", 8000 + n), "--quiet"],
            "env": (0..8).map(|i| json!({"name": format!("VARIABLE_{i}"), "value": format!("value {i} of {n}")})).collect::<Vec<_>>(),
            "resources": {"limits": {"cpu": "500m", "memory": "1Gi"}, "requests": {"cpu": 0.1, "memory": "64Mi"}},
            "schedule": if n.is_multiple_of(4) { Value::Null } else { json!("*/5 * * * *") },
            "description": "A sentence that is long enough to be folded by those who fold lines at eighty columns, as YAML writers do.",
        })
    };
    json!({"tree": {"services": (0..50).map(service).collect::<Vec<_>>()}})
}
