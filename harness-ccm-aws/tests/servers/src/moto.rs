//! Starts a moto server for tests: installs it once under the workspace's `target`, on a free loopback port, and ends it with
//! the test.

use std::fs::File;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use aws_config::SdkConfig;

use crate::environment;

/// moto takes any key; all of them belong to the account 123456789012.
const KEY: &str = "test";

/// The installed packages. The versions are pinned: another moto behaves differently.
const PACKAGES: [&str; 2] = ["moto[server]==5.2.1", "boto3==1.43.11"];

/// It ends when its standard input does, so that no test, however it ends, leaves a server running.
///
/// It adds three features to moto: a log of the received calls, accounts without access (moto itself accepts any `AssumeRole`),
/// and a number of writes to IAM after which all are refused. The folder of all is the first argument. And it fixes three
/// faults: for every account moto reads the policies of AWS again, which takes over a second of computing; `UpdateRole` resets
/// values that the call leaves out, which IAM preserves; and moto distinguishes names of roles by case, which IAM does not.
const PROGRAM: &str = include_str!("moto.py");

/// Whether tests with moto are skipped (`HARNESS_CCM_TEST_MOTO=skip`). Reports it on stderr.
pub fn skip() -> bool {
    let skip = std::env::var("HARNESS_CCM_TEST_MOTO").is_ok_and(|value| value == "skip");
    if skip {
        eprintln!("HARNESS_CCM_TEST_MOTO=skip: tests against moto are left out");
    }
    skip
}

/// A separate moto server. Ends when dropped.
#[derive(Debug)]
pub struct MotoServer {
    child: Child,
    port: u16,
    python: PathBuf,
    folder: tempfile::TempDir,
}

impl MotoServer {
    /// Installs moto if that was not done yet, and starts a server.
    pub fn start() -> Self {
        let python = install();
        let port = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).unwrap().port();
        let folder = tempfile::tempdir_in(target()).unwrap();
        let child = Command::new(&python)
            .args(["-c", PROGRAM])
            .arg(folder.path())
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            // Otherwise no policy of AWS exists, and none can be attached.
            .env("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the Python of the virtual environment starts");
        let mut server = Self { child, port, python, folder };
        server.wait();
        server
    }

    fn wait(&mut self) {
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!("moto ended before it answered: {status}");
            }
            assert!(begun.elapsed() < Duration::from_mins(1), "moto does not answer");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Returns every call since the last time, such as `iam:CreateRole`.
    pub fn take_calls(&self) -> Vec<String> {
        let file = self.folder.path().join("calls");
        let calls = std::fs::read_to_string(&file).unwrap_or_default();
        // There is no file before the first call.
        let _ = std::fs::remove_file(file);
        calls.lines().map(str::to_owned).collect()
    }

    /// Returns the number of writes to IAM since the calls were last taken.
    pub fn iam_writes(&self) -> usize {
        let calls = std::fs::read_to_string(self.folder.path().join("calls")).unwrap_or_default();
        let is_write = |call: &&str| {
            call.strip_prefix("iam:")
                .is_some_and(|action| !action.starts_with("Get") && !action.starts_with("List"))
        };
        calls.lines().filter(is_write).count()
    }

    /// Accepts this many writes to IAM, and none after them; `None` ends that.
    pub fn interrupt_iam_after(&self, writes: Option<usize>) {
        let file = self.folder.path().join("iam-writes");
        match writes {
            Some(writes) => std::fs::write(file, writes.to_string()).unwrap(),
            None => std::fs::remove_file(file).unwrap(),
        }
    }

    /// From now on refuses to assume a role in `account`.
    pub fn close(&self, account: &str) {
        File::create(self.closed(account)).unwrap();
    }

    /// Allows it again.
    pub fn open(&self, account: &str) {
        std::fs::remove_file(self.closed(account)).unwrap();
    }

    fn closed(&self, account: &str) -> PathBuf {
        self.folder.path().join(format!("closed-{account}"))
    }

    /// Returns its address.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// A Python that has boto3.
    pub fn python(&self) -> &Path {
        &self.python
    }

    /// Returns the environment in which every AWS SDK calls only this server.
    pub fn environment(&self) -> [(&'static str, String); 6] {
        environment::variables(self.endpoint(), KEY)
    }

    /// Returns a configuration of the SDK for the same, which does not wait between its attempts.
    pub async fn sdk_config(&self) -> SdkConfig {
        environment::sdk_config(self.endpoint(), KEY).await
    }

    /// Runs a Python program with that environment and returns its output.
    pub fn run_python(&self, program: &str, arguments: &[&str]) -> String {
        let output = Command::new(&self.python)
            .args(["-c", program])
            .args(arguments)
            .envs(self.environment())
            .stdin(Stdio::null())
            .output()
            .expect("the Python of the virtual environment starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("Python prints UTF-8")
    }
}

impl Drop for MotoServer {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing left to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The virtual environment's Python, created on first use. Concurrent processes wait for the first.
fn install() -> PathBuf {
    let target = target();
    std::fs::create_dir_all(&target).unwrap();
    let home = target.join("moto-5.2.1");
    let (python, stamp) = (home.join("bin/python"), home.join("installed"));
    let lock = File::create(target.join("moto-5.2.1.lock")).unwrap();
    lock.lock().unwrap();
    if !stamp.exists() {
        eprintln!("installing {} under target/ (once)", PACKAGES.join(" and "));
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&home));
        run(Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
            .args(PACKAGES));
        File::create(&stamp).unwrap();
    }
    python
}

/// The workspace's target folder: test programs are in `target/<profile>/deps`.
fn target() -> PathBuf {
    let program = std::env::current_exe().unwrap();
    let deps = program.parent().unwrap();
    deps.ancestors().find(|folder| folder.join(".rustc_info.json").exists()).unwrap_or(deps).to_owned()
}

fn run(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().unwrap_or_else(|error| {
        panic!(
            "tests against moto need Python 3 with its venv module ({error}): install it, or set HARNESS_CCM_TEST_MOTO=skip"
        )
    });
    assert!(
        output.status.success(),
        "could not install moto, set HARNESS_CCM_TEST_MOTO=skip to leave these tests out: {command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}
