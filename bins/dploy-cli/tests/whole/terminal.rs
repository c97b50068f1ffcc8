//! The commands that ask, at a terminal.

use std::{
    io::{Read as _, Write as _},
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

use crate::{
    service::{KEY, Names, Service},
    session::bare,
};

/// How long any answer may take on a machine that is busy.
const LIMIT: Duration = Duration::from_secs(120);

/// A command at a terminal, which shows what is typed as terminals do.
struct Terminal {
    child: Child,
    written: Receiver<Vec<u8>>,
    /// What it has shown since the last text that was waited for.
    shown: String,
}

impl Terminal {
    /// The terminal is that of `script` (util-linux), which passes on what it reads and writes.
    fn open(service: &Service, words: &str) -> Self {
        let asked = service.command(words);
        let word = |text: &std::ffi::OsStr| format!("'{}'", text.to_str().unwrap());
        let line: Vec<_> = [asked.get_program()].into_iter().chain(asked.get_args()).map(word).collect();
        // Who starts tests in the background has them ignore Ctrl-C, and what they start.
        let script = ["--default-signal=INT", "script", "-qec", &line.join(" "), "/dev/null"];
        let mut command = Command::new("env");
        bare(&mut command, &service.work()).args(script).env("TERM", "xterm");
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (sender, written) = channel();
        let mut output = child.stdout.take().unwrap();
        thread::spawn(move || {
            let mut part = [0; 1024];
            while let Ok(read @ 1..) = output.read(&mut part) {
                drop(sender.send(part[..read].to_vec()));
            }
        });
        Self { child, written, shown: String::new() }
    }

    /// Waits until it shows that text.
    fn sees(&mut self, text: &str) {
        while !self.shown.contains(text) {
            let Ok(part) = self.written.recv_timeout(LIMIT) else { panic!("{text:?} is not in {:?}", self.shown) };
            self.shown.push_str(&String::from_utf8_lossy(&part));
        }
        self.shown = self.shown.split_once(text).unwrap().1.to_owned();
    }

    fn types(&mut self, text: &str) {
        self.child.stdin.as_mut().unwrap().write_all(text.as_bytes()).unwrap();
    }

    /// The rest of what it shows, and its exit code.
    fn end(mut self) -> (String, i32) {
        while let Ok(part) = self.written.recv_timeout(LIMIT) {
            self.shown.push_str(&String::from_utf8_lossy(&part));
        }
        let status = self.child.wait().unwrap();
        (self.shown, status.code().unwrap())
    }
}

fn ready(names: Names) -> Service {
    let service = Service::start(names);
    service.run(&format!("releases configure --url {} --api-key {KEY}", service.url)).ok();
    service
}

#[test]
fn s66_a_key_that_is_typed_is_not_shown() {
    let service = Service::start(Names::Original);
    let mut terminal = Terminal::open(&service, "releases configure");
    terminal.sees("URL of the server: ");
    terminal.types(&format!("{}\n", service.url));
    terminal.sees(&format!("{}\r\n", service.url));
    terminal.sees("API key: ");
    // What is typed before the terminal hides it would be shown.
    thread::sleep(Duration::from_millis(300));
    terminal.types(&format!("{KEY}\n"));
    let (text, code) = terminal.end();
    assert!(code == 0 && !text.contains(KEY) && text.contains("dpk_0123…"), "{code}: {text}");
    service.run("releases app list").ok();
}

#[test]
fn s63_a_question_waits_for_an_answer_and_only_yes_is_one() {
    let service = ready(Names::Original);
    for (answer, expected) in [("n\n", 2), ("\n", 2), ("\u{4}", 2), ("y\n", 0)] {
        let mut terminal = Terminal::open(&service, "releases target delete production");
        terminal.sees("Remove target production? [y/N] ");
        terminal.types(answer);
        let (text, code) = terminal.end();
        assert_eq!(code, expected, "{answer:?}: {text}");
        assert_eq!(text.contains("nothing was changed"), expected == 2, "{text}");
        let left = service.json("releases target list").as_array().unwrap().len();
        assert_eq!(left, if expected == 2 { 2 } else { 1 });
    }
    let mut terminal = Terminal::open(&service, "releases target delete staging");
    terminal.sees("Remove target staging? [y/N] ");
    terminal.types("\u{3}");
    assert_eq!(terminal.end().1, 130, "Ctrl-C ends it");
    assert_eq!(service.json("releases target list").as_array().unwrap().len(), 1);
}

#[test]
fn an_upload_shows_how_far_it_is_and_a_version_is_chosen_from_a_list() {
    let service = ready(Names::Own);
    service.run("releases app register shop").ok();
    for version in ["1", "2", "3"] {
        let data = format!("data: {{ version: '{version}' }}\n");
        service.file("k8s/shop.yaml", &format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: shop\n{data}"));
        service.run(&format!("forge init --app shop --version {version} --git-sha 1 --git-branch main")).ok();
        let (text, code) = Terminal::open(&service, "forge upload k8s").end();
        assert!(code == 0 && text.contains("✓ shop.yaml"), "{text}");
        assert!(text.contains('\u{1b}') && text.contains(" B/"), "a bar is drawn: {text:?}");
        service.run("forge publish").ok();
        service.run(&format!("releases deploy shop {version} --env staging --confirm --wait")).ok();
    }
    let mut terminal = Terminal::open(&service, "releases rollback shop --env staging --wait");
    terminal.sees("1) 2 ");
    terminal.sees("2) 1 ");
    terminal.sees("Version of shop to go back to on staging [1-2]: ");
    terminal.types("2\n");
    terminal.sees("Roll shop on staging back to 1? [y/N] ");
    terminal.types("yes\n");
    let (text, code) = terminal.end();
    assert!(code == 0 && text.contains("succeeded"), "{text}");
    assert_eq!(service.json("releases app show shop")["currentVersions"]["staging"]["versionId"], "1");
}
