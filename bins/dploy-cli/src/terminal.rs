//! What may be written to a terminal, and how.

use std::io::{self, IsTerminal as _};

/// `text` without characters that steer a terminal: line breaks and tabs become spaces, the rest goes.
///
/// Text of a server must not be able to move the cursor, recolour or rename the window.
pub(crate) fn one_line(text: &str) -> String {
    let words: Vec<String> = text
        .split_whitespace()
        .map(|word| word.chars().filter(|c| !c.is_control()).collect())
        .filter(|word: &String| !word.is_empty())
        .collect();
    words.join(" ")
}

/// `text` with its line breaks and tabs, without any other character that steers a terminal.
pub(crate) fn lines(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

/// Whether standard error is a terminal that may be coloured: not under `NO_COLOR` (<https://no-color.org>) and not
/// under `TERM=dumb`.
pub(crate) fn colour_errors() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    io::stderr().is_terminal() && !set("NO_COLOR") && !dumb
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_a_server_cannot_steer_the_terminal() {
        assert_eq!(one_line(" a\u{1b}[31m\tb\r\nc \u{7}"), "a[31m b c");
        assert_eq!(lines("ssh x\n\u{1b}[2J\ty\r"), "ssh x\n[2J\ty");
    }
}
