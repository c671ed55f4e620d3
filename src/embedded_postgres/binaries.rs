//! Finds PostgreSQL's own programs on this machine: `initdb` and `postgres` beside each other. Never downloads any.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::EmbeddedPostgresError;

/// Programs of one PostgreSQL installation.
#[derive(Debug, Clone)]
pub(super) struct Binaries {
    pub initdb: PathBuf,
    pub postgres: PathBuf,
}

/// The oldest PostgreSQL that is supported by its makers and by us.
pub(crate) const OLDEST_MAJOR: u32 = 14;

/// Where distributions put the programs when `PATH` does not have them; `*` stands for a version, the newest first.
const FOLDERS: &[(&str, &str, &str)] = &[
    ("/usr/lib/postgresql", "", "bin"),          // Debian, Ubuntu
    ("/usr", "pgsql-", "bin"),                   // PostgreSQL's own packages for RHEL and its kin
    ("/usr/libexec", "postgresql", ""),          // Alpine
    ("/opt/homebrew/opt", "postgresql@", "bin"), // Homebrew on Apple silicon
    ("/usr/local/opt", "postgresql@", "bin"),    // Homebrew on Intel
    ("/Library/PostgreSQL", "", "bin"),          // the installer for macOS
    ("/Applications/Postgres.app/Contents/Versions", "", "bin"),
];

impl Binaries {
    /// The first installation that can be used; with `cluster_major`, the first of that version, since PostgreSQL opens
    /// only files that its own major version wrote.
    ///
    /// # Errors
    /// If there is none.
    pub fn find(
        bin_dir: Option<&Path>,
        search_path: &[PathBuf],
        cluster_major: Option<u32>,
    ) -> Result<Self, EmbeddedPostgresError> {
        let folders = match bin_dir {
            Some(dir) => vec![dir.to_owned()],
            None => search_path.iter().cloned().chain(distribution_folders()).collect(),
        };
        let mut found = None;
        for folder in folders {
            let Some((major, binaries)) = Self::in_folder(&folder) else { continue };
            match cluster_major {
                Some(wanted) if wanted != major => found = Some(major),
                _ => return Ok(binaries),
            }
        }
        Err(match (cluster_major, found) {
            (Some(cluster), Some(found)) => EmbeddedPostgresError::OtherVersion { cluster, found },
            _ => EmbeddedPostgresError::NoBinaries,
        })
    }

    fn in_folder(folder: &Path) -> Option<(u32, Self)> {
        let [initdb, postgres] = ["initdb", "postgres"].map(|name| folder.join(name).canonicalize());
        let binaries = Self { initdb: initdb.ok()?, postgres: postgres.ok()? };
        let output = Command::new(&binaries.postgres).arg("--version").stderr(Stdio::null()).output().ok()?;
        let major = major_version(&String::from_utf8_lossy(&output.stdout))?;
        (major >= OLDEST_MAJOR).then_some((major, binaries))
    }
}

/// 15 of `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`.
fn major_version(text: &str) -> Option<u32> {
    let version = text.split_once(") ")?.1;
    version.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

fn distribution_folders() -> impl Iterator<Item = PathBuf> {
    FOLDERS.iter().flat_map(|(parent, prefix, below)| versions_in(Path::new(parent), prefix, below))
}

/// The folders of `parent` whose name is `prefix` and a number, the highest number first.
fn versions_in(parent: &Path, prefix: &str, below: &str) -> Vec<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = std::fs::read_dir(parent)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let number = entry.file_name().to_str()?.strip_prefix(prefix)?.parse().ok()?;
            Some((number, entry.path().join(below)))
        })
        .collect();
    versions.sort_unstable_by_key(|(number, _)| std::cmp::Reverse(*number));
    versions.into_iter().map(|(_, folder)| folder).collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read_from_what_the_program_says() {
        assert_eq!(major_version("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some(15));
        assert_eq!(major_version("postgres (PostgreSQL) 19beta1"), Some(19));
        assert_eq!(major_version("something else"), None);
    }

    #[test]
    fn the_newest_version_of_a_distribution_comes_first() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["pgsql-9", "pgsql-15", "pgsql-17", "pgsql-latest", "share"] {
            std::fs::create_dir(dir.path().join(name)).unwrap();
        }
        let found = versions_in(dir.path(), "pgsql-", "bin");
        assert_eq!(found, ["pgsql-17/bin", "pgsql-15/bin", "pgsql-9/bin"].map(|name| dir.path().join(name)));
    }

    #[test]
    fn a_machine_without_postgresql_is_told_how_to_get_it() {
        let dir = tempfile::tempdir().unwrap();
        let message = Binaries::find(Some(dir.path()), &[], None).unwrap_err().to_string();
        assert!(message.contains("apt-get install postgresql") && message.contains("DATABASE_URL"), "{message}");
        assert_eq!(message.lines().count(), 1);
    }

    #[test]
    fn files_of_another_major_version_are_not_opened() {
        let error = Binaries::find(None, &[], Some(13)).unwrap_err();
        assert!(matches!(error, EmbeddedPostgresError::OtherVersion { cluster: 13, .. }), "{error}");
    }
}
