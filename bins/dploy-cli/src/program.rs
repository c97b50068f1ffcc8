//! Which of its names the program was called by, and what its commands are called under that name.

use std::{ffi::OsString, path::Path};

/// A name that the program answers to: by the name of its file, also of a link to it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Program {
    /// All commands.
    Dploy,
    /// The client of build pipelines.
    Forge,
    /// The client of developers.
    Smithctl,
}

impl Program {
    /// The name that it was called by in this process.
    pub(crate) fn called() -> Self {
        std::env::args_os().next().map_or(Self::Dploy, |path| Self::of(Path::new(&path)))
    }

    fn of(path: &Path) -> Self {
        match path.file_stem().and_then(|stem| stem.to_str()) {
            Some("forge") => Self::Forge,
            Some("smithctl") => Self::Smithctl,
            _ => Self::Dploy,
        }
    }

    /// The name itself.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Dploy => "dploy",
            Self::Forge => "forge",
            Self::Smithctl => "smithctl",
        }
    }
}

/// What a command of build pipelines is called.
pub(crate) fn forge(command: &str) -> String {
    match Program::called() {
        Program::Dploy => format!("dploy forge {command}"),
        _ => format!("forge {command}"),
    }
}

/// What a command of developers is called.
pub(crate) fn releases(command: &str) -> String {
    match Program::called() {
        Program::Dploy => format!("dploy releases {command}"),
        _ => format!("smithctl {command}"),
    }
}

/// The variables that tell the server and the key of the release service, the first of those that are looked at.
pub(crate) fn variables() -> (&'static str, &'static str) {
    match Program::called() {
        Program::Dploy => ("DPLOY_SERVER", "DPLOY_API_KEY"),
        _ => ("SMITHD_URL", "SMITHD_API_KEY"),
    }
}

/// The command line, where `forge build -o FOLDER` does not mean the format of the output: there `-o` stands for
/// `--folder`. Everywhere else it is short for `--output`.
pub(crate) fn arguments() -> Vec<OsString> {
    folder_of_build(Program::called(), std::env::args_os().collect())
}

fn folder_of_build(program: Program, mut arguments: Vec<OsString>) -> Vec<OsString> {
    let position = |from: usize, word: &str| {
        arguments.iter().skip(from).position(|argument| argument == word).map(|at| at + from + 1)
    };
    let group = if program == Program::Dploy { position(1, "forge") } else { Some(1) };
    let build = group.filter(|_| program != Program::Smithctl).and_then(|from| position(from, "build"));
    for argument in arguments.iter_mut().skip(build.unwrap_or(usize::MAX)) {
        let Some(short) = argument.to_str().and_then(|text| text.strip_prefix("-o")) else { continue };
        let value = short.trim_start_matches('=');
        *argument = if value.is_empty() { "--folder".into() } else { format!("--folder={value}").into() };
    }
    arguments
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("/usr/bin/forge", Program::Forge)]
    #[case("smithctl", Program::Smithctl)]
    #[case("./smithctl.exe", Program::Smithctl)]
    #[case("dploy", Program::Dploy)]
    #[case("dploy-2", Program::Dploy)]
    fn the_file_name_tells_the_program(#[case] path: &str, #[case] program: Program) {
        assert_eq!(Program::of(Path::new(path)), program);
    }

    #[rstest]
    #[case(Program::Dploy, "dploy forge build -f x -o out", "dploy forge build -f x --folder out")]
    #[case(Program::Forge, "forge build -oout", "forge build --folder=out")]
    #[case(Program::Forge, "forge build -o=out", "forge build --folder=out")]
    #[case(Program::Forge, "forge publish -o json", "forge publish -o json")]
    #[case(Program::Smithctl, "smithctl app list build -o json", "smithctl app list build -o json")]
    #[case(Program::Dploy, "dploy -o json forge build", "dploy -o json forge build")]
    #[case(Program::Dploy, "dploy env get build -o json", "dploy env get build -o json")]
    fn only_build_takes_o_for_a_folder(#[case] program: Program, #[case] before: &str, #[case] after: &str) {
        let words = |text: &str| text.split(' ').map(OsString::from).collect::<Vec<_>>();
        assert_eq!(folder_of_build(program, words(before)), words(after));
    }
}
