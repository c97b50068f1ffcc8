//! One of the two programs, at work on one row.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use super::Error;
use crate::process;

/// What one turn took.
pub(super) struct Turn {
    pub(super) renders: f64,
    pub(super) seconds: f64,
    /// Seconds of processor time, which count also what other threads do, and do not count waiting
    pub(super) processor: f64,
}

/// A running program. It ends with its input.
pub(super) struct Side {
    name: &'static str,
    row: &'static str,
    child: Child,
    commands: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Side {
    pub(super) fn start(name: &'static str, command: &mut Command, row: &'static str) -> Result<Self, Error> {
        let failed = |source| process::Error::Start { program: name.to_owned(), source };
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(failed)?;
        let (commands, answers) = (child.stdin.take(), child.stdout.take());
        let answers = answers.ok_or_else(|| failed(std::io::Error::other("no output")))?;
        Ok(Self { name, row, child, commands, answers: BufReader::new(answers) })
    }

    fn problem(&self, problem: impl ToString) -> Error {
        Error::Side { side: self.name, row: self.row.to_owned(), problem: problem.to_string() }
    }

    /// The line that answers a command.
    fn ask(&mut self, command: &str) -> Result<String, Error> {
        let asked = self.commands.as_mut().map(|commands| writeln!(commands, "{command}"));
        asked.transpose().map_err(|error| self.problem(error))?;
        let mut line = String::new();
        match self.answers.read_line(&mut line) {
            Ok(0) => Err(self.problem(format!("no answer to {command}"))),
            Ok(_) => Ok(line.trim_end().to_owned()),
            Err(error) => Err(self.problem(error)),
        }
    }

    fn number(&self, text: &str) -> Result<u64, Error> {
        text.parse().map_err(|_| self.problem(format!("{text:?} is not a number")))
    }

    /// What the row renders to.
    pub(super) fn print(&mut self) -> Result<Vec<u8>, Error> {
        let length = self.ask("print")?;
        let length = self.number(&length)?;
        let mut bytes = vec![0; usize::try_from(length).unwrap_or(usize::MAX)];
        let mut end = [0; 1];
        let read = self.answers.read_exact(&mut bytes).and_then(|()| self.answers.read_exact(&mut end));
        read.map_err(|error| self.problem(error))?;
        Ok(bytes)
    }

    /// Works for a while.
    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    pub(super) fn turn(&mut self, word: &str, millis: u64) -> Result<Turn, Error> {
        let before = self.processor_seconds()?;
        let answer = self.ask(&format!("{word} {millis}"))?;
        let processor = self.processor_seconds()? - before;
        let (count, nanoseconds) = answer.split_once(' ').unwrap_or_default();
        let (count, nanoseconds) = (self.number(count)?, self.number(nanoseconds)?);
        Ok(Turn { renders: count as f64, seconds: nanoseconds as f64 / 1e9, processor })
    }

    /// The processor time of all threads so far.
    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    fn processor_seconds(&self) -> Result<f64, Error> {
        let path = format!("/proc/{}/stat", self.child.id());
        let stat = fs::read_to_string(&path).map_err(process::Error::file(&path))?;
        // The fields after the program's name, which stands in parentheses; there are 100 ticks a second.
        let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
        let ticks: u64 = fields.skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
        Ok(ticks as f64 / 100.0)
    }

    /// The peak resident set so far, in KiB.
    pub(super) fn memory(&mut self) -> Result<u64, Error> {
        let answer = self.ask("memory")?;
        self.number(&answer)
    }
}

impl Drop for Side {
    fn drop(&mut self) {
        drop(self.commands.take());
        drop(self.child.wait());
    }
}
