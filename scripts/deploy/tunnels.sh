# shellcheck shell=bash
# shellcheck disable=SC2154 # its variables are those of the script that sources it
# Sourced by scripts/test-deploy: the tunnels between the containers, their configuration, and echoes through them.
#
# moon has one address, sun one for each tunnel, so that each is a peer of its own. By their policies moon calls t1 and t2, sun calls
# t3, and both may call t4. The suns have `initial: paused` and follow keepalived, or its word at least. Needs: $work, inside() and leader of containers.sh.

hosts=(moon12 sun12 moon13 sun13)
tunnels=(1 2 3 4)
pingers=()

sun_addresses() {
  local n
  for n in "${tunnels[@]}"; do echo "192.0.2.1$n/24"; done
}

on_each() {
  local host
  for host in "${hosts[@]}"; do inside "$host" bash -c "$1" || { echo "$host: not so: $1"; return 1; }; done
}

# The hosts and what is to be on them; $responder_mode: seconds, 5 unless set.
write_inventory() {
  local host list=
  for host in "${hosts[@]}"; do
    case $host in
      moon*) list+=",$(inventory_host "$host" moon sun 1 running '"t3":{"policy":"responder-only"}')" ;;
      *) list+=",$(inventory_host "$host" sun moon 2 paused '"t1":{"policy":"responder-only"},"t2":{"policy":"responder-only"}')" ;;
    esac
  done
  printf '{"all":{"vars":{"ansible_connection":"community.docker.nsenter","ansible_python_interpreter":"/usr/bin/python3","tunnels":[%s]},"hosts":{%s}}}\n' \
    "$(IFS=,; echo "${tunnels[*]}")" "${list#,}" >"$work/inventory.json"
}

# inventory_host HOST END OTHER NUMBER INITIAL PEERS
inventory_host() {
  local all
  all="{\"connections\":\"t*\",\"responder-mode-duration\":${responder_mode:-5},\"settle-hold\":2,\"peers\":{$6}}"
  printf '"%s":{"ansible_nsenter_pid":%s,"end":"%s","other":"%s","number":%s,' \
    "$1" "${leader[$1]}" "$2" "$3" "$4"
  printf '"afteryou_config":{"initial":"%s","services":{"all":%s}}}' "$5" "$all"
}

# One line per IKE_SA: its connection and its SPIs, which are the same at both ends.
tunnels_of() {
  inside "$1" swanctl --list-sas 2>/dev/null | sed -nE 's/^(t[0-9]+): #[0-9]+, ESTABLISHED, IKEv2, ([0-9a-f]{16})_i\*? ([0-9a-f]{16})_r\*?$/\1 \2 \3/p' | sort
}

# At each pair, within two minutes: one IKE_SA a tunnel, the same at both ends, and both afteryous say so.
tunnels_are_up() {
  local release deadline=$((SECONDS + 120))
  for release in 12 13; do
    until [ "$(tunnels_of "moon$release" | cut -d ' ' -f 1 | xargs)" = "${tunnels[*]/#/t}" ] &&
      [ "$(tunnels_of "moon$release")" = "$(tunnels_of "sun$release")" ] && all_up "moon$release" && all_up "sun$release"; do
      ((SECONDS < deadline)) || { show_ends "$release"; return 1; }
      sleep 0.5
    done
  done
}

# They are, and came to be as the policies say.
tunnels_come_up_by_the_rules() {
  local release n
  tunnels_are_up
  for release in 12 13; do
    for n in "${tunnels[@]}"; do
      inside "moon$release" afteryou -o json explain "t$n" >"$work/moon-t$n.json"
      inside "sun$release" afteryou -o json explain "t$n" >"$work/sun-t$n.json"
    done
    node scripts/deployed-by-the-rules.mjs "$work"
  done
}

all_up() {
  local n
  for n in "${tunnels[@]}"; do inside "$1" afteryou wait "t$n" --up --timeout 1 >/dev/null || return 1; done
}

show_ends() {
  local host
  for host in "moon$1" "sun$1"; do
    echo "$host"
    inside "$host" afteryou status || true
    inside "$host" swanctl --list-sas 2>/dev/null || true
    inside "$host" journalctl -u afteryou --no-pager -n 20 || true
  done
}

main_pids() { on_each 'hostname; systemctl show afteryou -p MainPID -p NRestarts'; }

# ---- echoes ----

# From either end through every tunnel, ten a second. In the machine's own pid namespace, so that they can be signalled.
start_echoes() {
  local host n far
  for host in "${hosts[@]}"; do
    for n in "${tunnels[@]}"; do
      case $host in moon*) far="10.1.0.$n 10.2.0.$n" ;; *) far="10.2.0.$n 10.1.0.$n" ;; esac
      # shellcheck disable=SC2086 # source and destination
      set -- $far
      nsenter -t "${leader[$host]}" -n ping -n -i 0.1 -I "$1" "$2" >"$work/echoes-$host-t$n.log" 2>&1 &
      pingers+=($!)
    done
  done
}

# Tunnels that were silent: from the echo that is given on, that many in a row got no answer, and a later one did. On a machine that can't
# keep up a single echo is lost now and then, as ESP is done by charon here; a tunnel that is cut loses more.
silent_tunnels() {
  local in_a_row=${1:-5}
  awk -v in_a_row="$in_a_row" '
    function told(file, n, from) {
      for (n = from = 1; n <= last[file]; n++) {
        if (!((file, n) in had)) continue
        if (n - from >= in_a_row) print file ": " n - from " in a row lost from echo " from " on"
        from = n + 1
      }
    }
    match($0, /icmp_seq=[0-9]+/) { n = substr($0, RSTART + 9, RLENGTH - 9) + 0; had[FILENAME, n] = 1; if (n > last[FILENAME]) last[FILENAME] = n }
    END { for (file in last) told(file) }' "$work"/echoes-*.log | sed "s|^$work/echoes-||" | sort
}

answered_echoes() { cat "$work"/echoes-*.log | grep -c 'icmp_seq='; }

stop_echoes() {
  [ ${#pingers[@]} -gt 0 ] || return 0
  kill "${pingers[@]}" 2>/dev/null || true
  echo "echoes: $(answered_echoes) answered; $(silent_tunnels 1 | awk '{ sum += $2; if ($2 > most) most = $2 } END { print sum + 0 " lost, at most " most + 0 " in a row" }')"
  pingers=()
}

# Runs a command with echoes going on; the IKE_SAs are the same afterwards and none was silent.
same_tunnels_after() {
  local host before=$work/tunnels-before.txt after=$work/tunnels-after.txt answered silent
  for host in "${hosts[@]}"; do echo "$host"; tunnels_of "$host"; done >"$before"
  [ "$(wc -l <"$before")" = $((${#hosts[@]} * (1 + ${#tunnels[@]}))) ] || { echo 'not all tunnels are up before:'; cat "$before"; return 1; }
  answered=$(answered_echoes)
  "$@"
  # Each goes on being answered.
  local deadline=$((SECONDS + 30))
  answered=$(($(answered_echoes) + 20 * ${#pingers[@]}))
  until [ "$(answered_echoes)" -ge "$answered" ]; do
    ((SECONDS < deadline)) || { echo 'echoes are no longer answered'; return 1; }
    sleep 0.2
  done
  for host in "${hosts[@]}"; do echo "$host"; tunnels_of "$host"; done >"$after"
  diff "$before" "$after" || { echo 'tunnels are not the same'; return 1; }
  silent=$(silent_tunnels)
  [ -z "$silent" ] || { echo "$silent"; return 1; }
}
