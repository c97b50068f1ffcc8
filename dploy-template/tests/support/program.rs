//! The Go program of the testbed.

use std::{
    env,
    io::{BufRead as _, BufReader, Write as _},
    path::PathBuf,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    thread,
};

use serde_json::Value as Json;

const NAME: &str = "testbed-gotemplate";

/// Answers cases as Go does, as long as it lives.
pub(crate) struct Go {
    child: Child,
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Go {
    /// Starts the program; without it the test counts as skipped, and fails under `CI=true`.
    pub(crate) fn start() -> Option<Self> {
        let Some(path) = locate() else {
            skip(&format!("{NAME} not found: run `cargo xtask testbed build`"));
            return None;
        };
        let mut child = Command::new(path).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap());
        Some(Self { questions: child.stdin.take(), child, answers })
    }

    /// The cases with Go's answers.
    pub(crate) fn answer(&mut self, cases: &[Json]) -> Vec<Json> {
        let Self { questions, answers, .. } = self;
        let questions = questions.as_mut().unwrap();
        let text: String = cases.iter().map(|case| format!("{case}\n")).collect();
        thread::scope(|scope| {
            scope.spawn(move || questions.write_all(text.as_bytes()).unwrap());
            cases.iter().map(|case| read(answers, case)).collect()
        })
    }
}

fn read(answers: &mut BufReader<ChildStdout>, case: &Json) -> Json {
    let mut line = String::new();
    answers.read_line(&mut line).unwrap();
    serde_json::from_str(&line).unwrap_or_else(|error| panic!("no answer for {case}: {error}"))
}

impl Drop for Go {
    fn drop(&mut self) {
        // The program ends with its input.
        drop(self.questions.take());
        drop(self.child.wait());
    }
}

/// Where the testbed's programs are: `KUBEBUILDER_ASSETS`, `PATH`, the user's cache folder.
fn locate() -> Option<PathBuf> {
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = set("XDG_CACHE_HOME").or_else(|| set("HOME").map(|home| home.join(".cache")));
    let mut folders: Vec<PathBuf> = set("KUBEBUILDER_ASSETS").into_iter().collect();
    folders.extend(env::var_os("PATH").iter().flat_map(env::split_paths));
    folders.extend(cache.map(|cache| cache.join("dploy/testbed/assets")));
    folders.iter().map(|folder| folder.join(NAME)).find(|path| path.is_file())
}

/// Says that the current test is skipped, in the line that `cargo xtask test` counts.
pub(crate) fn skip(reason: &str) {
    assert!(env::var("CI").as_deref() != Ok("true"), "{reason}");
    let thread = thread::current();
    // Written past the test harness, which shows only what failed tests print.
    let line = format!("SKIPPED {}: {reason}\n", thread.name().unwrap_or("a test"));
    std::io::stderr().write_all(line.as_bytes()).unwrap();
}
