//! As whom the private server runs. PostgreSQL refuses root, so root gives it another name: in a user namespace where
//! its own files stay its own, or, where namespaces are forbidden (most containers), under an account of the machine.

use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use super::EmbeddedPostgresError;
use super::binaries::Binaries;
use super::home::Home;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Identity {
    /// An ordinary user runs it as itself.
    Ourselves,
    /// Root runs it in a user namespace where root is this user; the files belong to root.
    Namespace(Account),
    /// Root becomes this user, who may still pass folders that are closed to it, such as /root.
    Capable(Account),
    /// Root becomes this user, who has to reach the folder by itself.
    Switched(Account),
}

/// A user and group of this machine, by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Account {
    pub uid: u32,
    pub gid: u32,
}

impl Identity {
    /// The first identity under which PostgreSQL's programs run and can write in `home`, which is given to it.
    ///
    /// # Errors
    /// If there is none, or if the files cannot be given.
    pub fn choose(home: &Home, binaries: &Binaries) -> Result<Self, EmbeddedPostgresError> {
        if id(&["-u"]) != Some(0) {
            return Ok(Self::Ourselves);
        }
        for identity in Self::candidates(home) {
            home.give_to(identity.owner()).map_err(|source| home.failed("give away", source))?;
            if identity.works(home, binaries) {
                return Ok(identity);
            }
            tracing::debug!(?identity, "cannot run PostgreSQL under this identity");
        }
        home.give_to(Account { uid: 0, gid: 0 }).map_err(|source| home.failed("give away", source))?;
        Err(EmbeddedPostgresError::NoIdentity { dir: home.dir().to_owned() })
    }

    fn candidates(home: &Home) -> Vec<Self> {
        let owner = std::fs::metadata(home.cluster()).ok().map(|found| Account { uid: found.uid(), gid: found.gid() });
        if let Some(owner) = owner.filter(|owner| owner.uid != 0) {
            return vec![Self::Capable(owner), Self::Switched(owner)];
        }
        let account = ["postgres", "daemon", "nobody"]
            .iter()
            .find_map(|name| Some(Account { uid: id(&["-u", name])?, gid: id(&["-g", name])? }));
        account.map_or_else(Vec::new, |it| vec![Self::Namespace(it), Self::Capable(it), Self::Switched(it)])
    }

    fn works(&self, home: &Home, binaries: &Binaries) -> bool {
        const PROBE: &str = r#"test "$(id -u)" != 0 && "$1" --version && : > "$2/.probe" && rm "$2/.probe""#;
        let mut probe = self.command(Path::new("sh"));
        probe.args(["-c", PROBE, "probe"]).arg(&binaries.postgres).arg(home.dir());
        probe.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        probe.current_dir("/").status().is_ok_and(|status| status.success())
    }

    /// Who owns the files of the server as seen from outside; only root gives files away.
    fn owner(&self) -> Account {
        match *self {
            Self::Capable(account) | Self::Switched(account) => account,
            Self::Ourselves | Self::Namespace(_) => Account { uid: 0, gid: 0 },
        }
    }

    /// `program` under this identity; the process that is started becomes it, keeping its number.
    pub fn command(&self, program: &Path) -> Command {
        match self {
            Self::Ourselves => Command::new(program),
            Self::Namespace(Account { uid, gid }) => {
                let mut command = Command::new("unshare");
                command.args(["--user", &format!("--map-user={uid}"), &format!("--map-group={gid}"), "--"]);
                command.arg(program);
                command
            }
            Self::Capable(Account { uid, gid }) => {
                let mut command = Command::new("setpriv");
                command.args([&format!("--reuid={uid}"), &format!("--regid={gid}"), "--clear-groups"]);
                command.args(["--inh-caps=+dac_override", "--ambient-caps=+dac_override", "--"]).arg(program);
                command
            }
            Self::Switched(Account { uid, gid }) => {
                let mut command = Command::new(program);
                command.uid(*uid).gid(*gid);
                command
            }
        }
    }
}

/// A number that `id` says, or `None` if it does not know the user.
fn id(args: &[&str]) -> Option<u32> {
    let output = Command::new("id").args(args).stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}
