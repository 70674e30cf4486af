//! The Debian package: what its manifest names is there, and what is built has every file where it belongs.

use std::path::Path;
use std::process::Command;

use linnstream::config::{Config, Environment};

use super::{files, path, ran, said, text, tool};

/// Where each file ends up, with its mode as `dpkg-deb --contents` shows it.
const CONTENTS: [(&str, &str); 23] = [
    ("-rwxr-xr-x", "usr/bin/linnstream"),
    ("-rw-r-----", "etc/linnstream/config.toml"),
    ("-rw-r--r--", "usr/lib/systemd/system/linnstream.service"),
    ("-rw-r--r--", "usr/lib/systemd/system/linnstream@.service"),
    ("-rw-r--r--", "usr/lib/systemd/system/linnstream-failure@.service"),
    ("-rw-r--r--", "usr/lib/sysusers.d/linnstream.conf"),
    ("-rw-r--r--", "usr/lib/tmpfiles.d/linnstream.conf"),
    ("-rw-r--r--", "usr/share/man/man1/linnstream.1.gz"),
    ("-rw-r--r--", "usr/share/man/man5/linnstream.toml.5.gz"),
    ("-rw-r--r--", "usr/share/man/man8/linnstream.8.gz"),
    ("-rw-r--r--", "usr/share/bash-completion/completions/linnstream"),
    ("-rw-r--r--", "usr/share/zsh/vendor-completions/_linnstream"),
    ("-rw-r--r--", "usr/share/fish/vendor_completions.d/linnstream.fish"),
    ("-rw-r--r--", "usr/share/doc/linnstream/copyright"),
    ("-rw-r--r--", "usr/share/doc/linnstream/examples/config.toml"),
    ("-rw-r--r--", "usr/share/doc/linnstream/examples/instance.toml"),
    ("-rw-r--r--", "usr/share/doc/linnstream/examples/Caddyfile"),
    ("-rw-r--r--", "usr/share/doc/linnstream/examples/nginx.conf"),
    ("-rw-r--r--", "usr/share/doc/linnstream/examples/cloudflared.yml"),
    ("-rw-r--r--", "usr/share/doc/linnstream/examples/tailscale-funnel.sh"),
    ("-rw-r--r--", "usr/share/doc/linnstream/examples/prometheus-rules.yml"),
    ("-rw-r--r--", "usr/share/doc/linnstream/examples/grafana-dashboard.json"),
    ("-rw-r--r--", "usr/share/doc/linnstream/examples/unix-socket.conf"),
];

const SCRIPTS: [&str; 3] = ["postinst", "prerm", "postrm"];

/// `[package.metadata.deb]`.
fn manifest() -> toml::Table {
    let manifest: toml::Table = text("Cargo.toml").parse().expect("TOML");
    manifest["package"]["metadata"]["deb"].as_table().expect("a table").clone()
}

#[test]
fn everything_that_the_package_names_is_in_the_repository() {
    let manifest = manifest();
    let assets = manifest["assets"].as_array().expect("a list");
    for asset in assets {
        let source = asset[0].as_str().expect("a path");
        if source.starts_with("target/release/") {
            // Made by the program, see `systemd/build-deb`.
            let made = source.trim_start_matches("target/release/").trim_end_matches(".gz");
            let name = made.trim_start_matches("package/");
            let script = text("systemd/build-deb");
            let by_man = ["linnstream.1", "linnstream.toml.5", "linnstream.8"].contains(&name);
            assert!(
                by_man
                    || script.contains(&format!("release/{made}"))
                    || script.contains(&format!("$made/{name}")),
                "{source}"
            );
        } else if let Some(folder) = source.strip_suffix("/*") {
            assert!(!files(folder).is_empty(), "{source}");
        } else {
            assert!(path(source).is_file(), "{source}");
        }
    }
    for unit in
        ["linnstream.service", "linnstream@.service", "linnstream.sysusers", "linnstream.tmpfile"]
    {
        assert!(path("systemd").join(unit).is_file(), "{unit}: cargo-deb would only warn");
    }
    assert_eq!(manifest["systemd-units"]["unit-scripts"].as_str(), Some("systemd"));
    let scripts = manifest["maintainer-scripts"].as_str().expect("a folder");
    assert_eq!(files(scripts), ["postinst", "postrm", "prerm"]);
}

#[test]
fn the_scripts_are_good_shell_and_take_what_systemd_needs() {
    for script in SCRIPTS {
        let name = format!("systemd/debian/{script}");
        let text = text(&name);
        assert!(text.starts_with("#!/bin/sh\nset -e\n"), "{name}");
        assert_eq!(text.matches("\n#DEBHELPER#\n").count(), 1, "{name}");
        checked_by_the_shell(&path(&name));
    }
    for script in [
        "systemd/build-deb",
        "systemd/examples/on-failure",
        "systemd/examples/tailscale-funnel.sh",
        "tests/lifecycle/run",
        "tests/lifecycle/container",
    ] {
        checked_by_the_shell(&path(script));
    }
}

fn checked_by_the_shell(script: &Path) {
    let name = script.display().to_string();
    let is_sh = std::fs::read_to_string(script).expect("text").starts_with("#!/bin/sh\n");
    let output = tool(if is_sh { "sh" } else { "bash" }, &["-n", &name]).expect("a shell");
    assert!(output.status.success() && output.stderr.is_empty(), "{name}: {}", said(&output));
    if let Some(output) = tool("shellcheck", &["--external-sources", "--severity=warning", &name]) {
        assert!(output.status.success(), "{}", said(&output));
    }
}

#[test]
fn only_purging_removes_what_is_the_administrators() {
    let postrm = text("systemd/debian/postrm");
    let removes =
        postrm.find("rm -rf /var/lib/linnstream /etc/linnstream").expect("purge removes both");
    let purge = postrm.find("if [ \"$1\" = purge ]").expect("only when purging");
    let end = postrm.find("\nfi\n").expect("its end");
    assert!(purge < removes && removes < end);
    for script in ["postinst", "prerm"] {
        assert!(!text(&format!("systemd/debian/{script}")).contains("rm "), "{script}");
    }
}

#[test]
fn the_configuration_that_is_installed_sets_nothing_so_that_dpkg_never_asks() {
    let installed = text("systemd/config.toml");
    assert!(installed.lines().all(|line| line.starts_with('#')), "{installed}");
    let values = |text: &str| Config::parse(text, &Environment::default()).expect("good").values();
    assert_eq!(values(&installed), values(""));
}

#[test]
fn the_package_has_every_file_with_its_mode_and_scripts_that_start_the_service() {
    let there = Command::new(env!("CARGO")).args(["deb", "--version"]).output();
    if !there.is_ok_and(|output| output.status.success())
        || tool("dpkg-deb", &["--version"]).is_none()
    {
        eprintln!("not checked: cargo-deb is not installed (cargo install cargo-deb --locked)");
        return;
    }
    let out = tempfile::tempdir().expect("a folder");
    let folder = out.path().display().to_string();
    let mut build = Command::new(path("systemd/build-deb"));
    build.args(["--binary", env!("CARGO_BIN_EXE_linnstream"), "--version", "9.8.7-1", "--fast"]);
    let built = ran(build.args(["--out", &folder]), "bash").expect("a shell");
    assert!(built.status.success(), "{}", said(&built));
    let packages: Vec<_> = std::fs::read_dir(out.path()).expect("there").collect();
    assert_eq!(packages.len(), 1, "{}", said(&built));
    let package = packages[0].as_ref().expect("an entry").path().display().to_string();
    assert!(package.contains("/linnstream_9.8.7-1_"), "{package}");

    let contents = said(&tool("dpkg-deb", &["--contents", &package]).expect("there"));
    for (mode, file) in CONTENTS {
        let found = contents
            .lines()
            .any(|line| line.starts_with(mode) && line.ends_with(&format!(" ./{file}")));
        assert!(found, "{mode} {file}\n{contents}");
    }
    for example in files("systemd/examples") {
        assert!(contents.contains(&format!("examples/{example}")), "{example}");
    }
    let control = out.path().join("control");
    let unpack = tool("dpkg-deb", &["--control", &package, &control.display().to_string()]);
    assert!(unpack.expect("there").status.success());
    let part = |name: &str| std::fs::read_to_string(control.join(name)).expect(name);
    assert_eq!(part("conffiles").trim(), "/etc/linnstream/config.toml");
    assert!(part("control").contains("systemd (>= 252)"), "{}", part("control"));
    for script in SCRIPTS {
        let script = part(script);
        assert!(!script.contains("#DEBHELPER#"), "{script}");
        assert!(!script.contains("linnstream-failure"), "nobody starts it but systemd: {script}");
    }
    let postinst = part("postinst");
    for line in ["systemd-sysusers", "deb-systemd-helper enable", "deb-systemd-invoke try-restart"]
    {
        assert!(postinst.contains(line), "{line}\n{postinst}");
    }
    assert!(
        part("prerm").contains("deb-systemd-invoke stop 'linnstream.service'")
            || part("prerm").contains("deb-systemd-invoke stop linnstream.service"),
        "{}",
        part("prerm")
    );
}
