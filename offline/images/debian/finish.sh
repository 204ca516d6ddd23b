# Runs inside the new Debian, before it becomes an image: the latest fixes, the host's
# certificates, and nothing that a container does not need.
set -e
export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get --yes upgrade
update-ca-certificates
rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/*-old /var/log/*.log /var/log/apt \
  /usr/share/man/* /usr/share/info/* /usr/share/locale/*
find /usr/share/doc -type f ! -name copyright -delete
