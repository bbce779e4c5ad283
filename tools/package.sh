#!/bin/sh
# Makes the tar.gz and the .deb of the executable. The same program and the same SOURCE_DATE_EPOCH give the same bytes.
#
#   tools/package.sh --program DIR --version VERSION --output DIR [--architecture x64|arm64] [--notices FILE] [--depends LIST] [tar] [deb]
#
# --program  directory of a published zombieops: the native executable alone, or an executable with its assemblies, which then need a .NET runtime
#            (name it with --depends, such as dotnet-runtime-10.0).
# --notices  third-party notices of the .NET runtime that is in the native executable.
set -eu
umask 022
# Sorting and messages may not depend on who runs this.
export LC_ALL=C TZ=UTC

die() {
    echo "package.sh: $1" >&2
    exit 2
}

root=$(cd "$(dirname "$0")/.." && pwd)
program='' version='' output='' notices='' depends='' architecture=x64 formats=''
while [ $# -gt 0 ]; do
    case "$1" in
    --program) program=$2; shift 2 ;;
    --version) version=$2; shift 2 ;;
    --output) output=$2; shift 2 ;;
    --notices) notices=$2; shift 2 ;;
    --depends) depends=$2; shift 2 ;;
    --architecture) architecture=$2; shift 2 ;;
    tar | deb) formats="$formats $1"; shift ;;
    *) die "does not take '$1'" ;;
    esac
done

[ -n "$version" ] && [ -n "$output" ] || die 'needs --program, --version and --output'
[ -x "$program/zombieops" ] || die "there is no zombieops in '$program': dotnet publish makes one"
epoch=${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct 2>/dev/null || true)}
[ -n "$epoch" ] || die 'needs SOURCE_DATE_EPOCH where there is no git history (seconds since 1970, the date of everything that is packed)'
export SOURCE_DATE_EPOCH="$epoch"
[ "$("$program/zombieops" --version)" = "$version" ] || die "$program/zombieops has version $("$program/zombieops" --version), not $version"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$output"
output=$(cd "$output" && pwd)

# put MODE SOURCE DESTINATION
put() {
    install -D -m "$1" "$2" "$3"
}

# The files of the program: one where it is native, or the executable and its assemblies.
program_files() {
    (cd "$program" && find . -maxdepth 1 -type f \( -name zombieops -o -name '*.dll' -o -name 'zombieops.*.json' \) | sort)
}

put_program() {
    program_files | while read -r file; do
        mode=644
        [ "$file" = ./zombieops ] && mode=755
        put $mode "$program/$file" "$1/$file"
    done
}

# put_all DIRECTORY DESTINATION: its files as they are.
put_all() {
    find "$root/$1" -maxdepth 1 -type f | sort | while read -r file; do
        put 644 "$file" "$2/$(basename "$file")"
    done
}

native=yes
[ -e "$program/zombieops.dll" ] && native=no

# What the program says of itself.
said=$work/said
mkdir "$said"
"$program/zombieops" man --date "$(date -u -d "@$epoch" +%Y-%m-%d)" >"$said/zombieops.1"
for shell in bash zsh fish; do
    "$program/zombieops" completion $shell >"$said/$shell"
done

same_times() {
    find "$1" -exec touch -h -d "@$epoch" {} +
}

make_tar() {
    name=zombieops-$version-linux-$architecture
    tree=$work/tar/$name
    put_program "$tree"
    for file in LICENSE README.md CHANGELOG.md THIRD-PARTY-NOTICES.txt; do
        put 644 "$root/$file" "$tree/$file"
    done
    [ -z "$notices" ] || put 644 "$notices" "$tree/dotnet-THIRD-PARTY-NOTICES.TXT"
    put 644 "$said/zombieops.1" "$tree/man/man1/zombieops.1"
    put 644 "$said/bash" "$tree/completions/zombieops.bash"
    put 644 "$said/zsh" "$tree/completions/_zombieops"
    put 644 "$said/fish" "$tree/completions/zombieops.fish"
    (cd "$root/deploy" && find systemd sysusers.d cron.d sudoers.d etc examples policy azure -type f | sort) | while read -r file; do
        put 644 "$root/deploy/$file" "$tree/deploy/$file"
    done
    find "$root/docs" -maxdepth 1 -name '*.md' | sort | while read -r file; do
        put 644 "$file" "$tree/docs/$(basename "$file")"
    done
    put_all runbooks "$tree/runbooks"
    tar -C "$work/tar" --sort=name --format=ustar --mtime="@$epoch" --owner=0 --group=0 --numeric-owner -cf - "$name" | gzip -9n >"$output/$name.tar.gz"
    echo "packed $output/$name.tar.gz"
}

# The greatest version of a library's symbols that the executable asks for: it runs on that one and later ones.
needs_libc() {
    grep -aoE 'GLIBC_2\.[0-9]+' "$program/zombieops" | sort -u -V | tail -n 1 | sed 's/GLIBC_//'
}

make_deb() {
    command -v dpkg-deb >/dev/null || die 'needs dpkg-deb to make a .deb'
    case "$architecture" in
    x64) arch=amd64 ;;
    *) arch=$architecture ;;
    esac
    tree=$work/deb
    doc=$tree/usr/share/doc/zombieops
    if [ $native = yes ]; then
        put_program "$tree/usr/bin"
    else
        put_program "$tree/usr/lib/zombieops"
        mkdir -p "$tree/usr/bin"
        ln -s ../lib/zombieops/zombieops "$tree/usr/bin/zombieops"
    fi
    put 644 "$said/zombieops.1" "$tree/usr/share/man/man1/zombieops.1"
    put 644 "$said/bash" "$tree/usr/share/bash-completion/completions/zombieops"
    put 644 "$said/zsh" "$tree/usr/share/zsh/vendor-completions/_zombieops"
    put 644 "$said/fish" "$tree/usr/share/fish/vendor_completions.d/zombieops.fish"
    (cd "$root/deploy/systemd" && find . -type f | sort) | while read -r file; do
        put 644 "$root/deploy/systemd/$file" "$tree/lib/systemd/system/$file"
    done
    put 644 "$root/deploy/sysusers.d/zombieops.conf" "$tree/usr/lib/sysusers.d/zombieops.conf"
    (cd "$root/deploy/etc" && find . -type f | sort) | while read -r file; do
        put 644 "$root/deploy/etc/$file" "$tree/etc/zombieops/$file"
    done
    put 644 "$root/deploy/debian/copyright" "$doc/copyright"
    put 644 "$root/deploy/debian/lintian-overrides" "$tree/usr/share/lintian/overrides/zombieops"
    put 644 "$root/README.md" "$doc/README.md"
    put 644 "$root/CHANGELOG.md" "$doc/CHANGELOG.md"
    put 644 "$root/docs/install.md" "$doc/install.md"
    [ -z "$notices" ] || put 644 "$notices" "$doc/dotnet-THIRD-PARTY-NOTICES.TXT"
    # None runs before somebody puts it into its place.
    put 644 "$root/deploy/cron.d/zombieops" "$doc/examples/cron.d/zombieops"
    put 644 "$root/deploy/sudoers.d/zombieops" "$doc/examples/sudoers.d/zombieops"
    put 644 "$root/deploy/examples/clear-processes.conf" "$doc/examples/clear-processes.conf"
    for file in "$root"/deploy/policy/*.yaml; do
        put 644 "$file" "$doc/examples/policies/$(basename "$file")"
    done
    put_all runbooks "$doc/examples/runbooks"
    put_all deploy/azure "$doc/examples/azure"
    printf 'zombieops (%s) stable; urgency=medium\n\n  * What changed is in CHANGELOG.md.gz beside this file.\n\n -- %s  %s\n' \
        "$version" "$(sed -n 's/^Maintainer: //p' "$root/deploy/debian/control")" "$(date -u -R -d "@$epoch")" >"$doc/changelog"
    # Everything of 4 KiB and more, as Debian Policy 12.3 has it, and what 12.1 and 12.7 name. Examples are to be run, and stay as they are.
    find "$doc" "$tree/usr/share/man" -path "$doc/examples" -prune -o -type f \( -size +4k -o -name changelog -o -name CHANGELOG.md -o -name '*.1' \) ! -name copyright -exec gzip -9n {} +

    control=$tree/DEBIAN
    for file in postinst prerm postrm; do
        put 755 "$root/deploy/debian/$file" "$control/$file"
    done
    put 644 "$root/deploy/debian/conffiles" "$control/conffiles"
    (cd "$tree" && find . -path ./DEBIAN -prune -o -type f -print | sed 's|^\./||' | sort | xargs md5sum) >"$control/md5sums"
    chmod 644 "$control/md5sums"
    # SHA-256 for the audit log and TLS come from the system's OpenSSL, which is looked for at run time.
    libraries='libssl3t64 | libssl3'
    [ $native = no ] || libraries="libc6 (>= $(needs_libc)), $libraries"
    size=$(du -k -s --apparent-size --exclude=DEBIAN "$tree" | cut -f1)
    sed -e "s/@VERSION@/$version/" -e "s/@ARCHITECTURE@/$arch/" -e "s/@SIZE@/$size/" -e "s/@DEPENDS@/$libraries${depends:+, $depends}/" \
        "$root/deploy/debian/control" >"$control/control"
    same_times "$tree"
    DPKG_DEB_THREADS_MAX=1 dpkg-deb --root-owner-group -Zxz --build "$tree" "$output/zombieops_${version}_$arch.deb" >/dev/null
    echo "packed $output/zombieops_${version}_$arch.deb"
}

for format in ${formats:-tar deb}; do
    make_"$format"
done
