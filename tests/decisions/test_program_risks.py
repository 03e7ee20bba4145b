"""What each program of a host or a cluster does to the world: the risk, then an invented command."""

import pytest

from runward.runbooks.classify import Piece, meaning_of
from runward.runbooks.model import Risk

CLUSTERS = """
read     kubectl get pods -n shop -o wide
read     kubectl --context west -n shop describe deploy/web
read     kubectl -n shop logs deploy/web --tail=50 --previous
read     kubectl top nodes
read     kubectl rollout status deploy/web -n shop --timeout=60s
read     kubectl rollout history deploy/web
read     kubectl auth can-i delete pods
read     kubectl config current-context
read     kubectl config view --minify
read     kubectl diff -f web.yaml
read     kubectl wait --for=condition=ready pod/web-0 --timeout=60s
read     kubectl delete pod web-0 --dry-run=client
read     kubectl get --raw /readyz
read     kubectl exec web-0 -n shop -- df -h /data
read     kubectl exec -it web-0 -c app -- sh -c 'ps aux | grep worker'
read     kubectl exec db-0 -- psql -U app -c 'SELECT count(*) FROM orders'
change   kubectl apply -f web.yaml
change   kubectl rollout restart deploy/web -n shop
change   kubectl rollout undo deploy/web
change   kubectl scale deploy/web --replicas=4
change   kubectl cordon node-7
change   kubectl label node node-7 disk=fast
change   kubectl set image deploy/web app=registry.test/web:2
change   kubectl patch pvc data-0 -p '{"spec":{"resources":{"requests":{"storage":"20Gi"}}}}'
change   kubectl edit cm web-config
change   kubectl config use-context west
change   kubectl exec web-0 -- /opt/app/reindex
change   kubectl create secret generic mail --from-literal=a=b
destroy  kubectl delete pod web-0
destroy  kubectl -n shop delete pvc data-0 --wait=false
destroy  kubectl --kubeconfig /tmp/k -n shop delete ns shop
destroy  kubectl drain node-7 --ignore-daemonsets
destroy  kubectl replace --force -f web.yaml
destroy  kubectl exec web-0 -- rm -rf /data/cache
destroy  kubectl exec db-0 -- psql -c 'DROP TABLE orders'
destroy  kubectl exec -it web-0 -- bash -c "kill -9 1"
destroy  kubectl get pods --no-headers | awk '{print $1}' | xargs kubectl delete pod
read     oc adm top nodes
read     oc whoami
read     oc get clusteroperators
change   oc new-project probe
change   oc adm cordon node-7
destroy  oc adm drain node-7
destroy  oc delete project probe
destroy  oc adm prune images --confirm
read     helm list -A
read     helm get values web -n shop
read     helm history web
change   helm upgrade --install web ./chart
change   helm rollback web 3
destroy  helm uninstall web -n shop
read     argocd app get web
change   argocd app sync web
destroy  argocd app delete web
read     flux get kustomizations
change   flux reconcile source git shop
read     velero backup get
change   velero backup create night-1
destroy  velero backup delete night-1
read     crictl ps -a
destroy  crictl rmi --prune
read     istioctl proxy-status
read     virtctl version
change   virtctl restart vm-1
read     kubectx
change   kubectx west
change   kubectx -d old
change   kubens shop
change   oc project shop
change   kind export kubeconfig --name dev
read     rbd ls pool
read     ceph osd df
destroy  kubectl-west drain node-7
destroy  eksctl delete nodegroup --cluster a --name b
"""

CONTAINERS = """
read     docker ps -a
read     docker logs --tail 20 web
read     docker inspect web --format '{{.State.Status}}'
read     docker system df
read     docker compose -f prod.yml ps
read     docker-compose -p shop logs --tail=20 web
read     docker compose config --quiet
read     docker exec db pg_isready -U app
read     docker exec cache redis-cli info memory
read     docker stats --no-stream
read     docker network inspect shop
change   docker restart web
change   docker compose up -d web
change   docker compose restart web
change   docker compose stop web
change   docker pull registry.test/web:2
change   docker exec -u www-data shop php occ maintenance:mode --on
change   docker compose exec -T web ./migrate up
destroy  docker rm -f web
destroy  docker rmi registry.test/web:1
destroy  docker system prune -af
destroy  docker volume rm shop_data
destroy  docker compose down -v
destroy  docker exec cache redis-cli FLUSHALL
destroy  docker image prune -f
destroy  docker ps -aq | xargs docker rm -f
read     podman ps
destroy  podman system prune -f
"""

HOSTS = """
read     systemctl status nginx --no-pager
read     systemctl is-active nginx postgresql
read     systemctl list-timers --all
change   sudo systemctl restart nginx
change   systemctl daemon-reload
change   service nginx reload
change   systemctl stop nginx
destroy  systemctl poweroff
destroy  sudo shutdown -r now
destroy  reboot
read     journalctl -u nginx --since '1 hour ago' --no-pager
destroy  journalctl --vacuum-time=2d
read     df -h / && du -sh /var/log/* | sort -h | tail -5
read     free -m; uptime; vmstat 1 3
read     ps aux --sort=-%mem | head -5
read     ss -tlnp | grep ':443'
read     find /var/log -name '*.gz' -size +100M
read     cat /etc/hosts 2>/dev/null | grep -v '^#'
read     ls -la /opt/app > /dev/null 2>&1
destroy  find /var/log -name '*.gz' -mtime +30 -delete
destroy  find /tmp -name 'core.*' -exec rm {} \\;
destroy  rm -rf /var/cache/app/*
destroy  > /var/log/app.log
destroy  truncate -s 0 /var/log/app.log
destroy  cat /dev/null > /var/log/app.log
destroy  kill -9 $(pgrep -f worker)
destroy  pkill -f 'worker --queue slow'
read     pgrep -fa worker
read     kill -0 4711
change   cp app.conf app.conf.bak
change   sed -i 's/a/b/' /etc/app.conf
change   echo 'vm.swappiness=1' | sudo tee -a /etc/sysctl.conf
change   chmod 600 /etc/app/key
change   ln -sfn /opt/app/releases/41 /opt/app/current
read     sysctl -n vm.swappiness
change   sysctl -w vm.swappiness=1
change   sysctl net.ipv6.conf.all.disable_ipv6=1
change   sysctl -p
read     crontab -l
destroy  crontab -r
read     ip addr show eth0
read     ip -4 r
change   ip addr add 10.0.0.4/24 dev eth0
destroy  ip route del default
writes   ip link set eth0 down
read     iptables -L -n -v
change   iptables -A INPUT -s 192.0.2.9 -j DROP
destroy  iptables -F
read     ufw status verbose
change   ufw allow 443/tcp
destroy  ufw --force reset
read     dig +short shop.test @192.0.2.53
read     openssl x509 -in cert.pem -noout -dates
read     echo | openssl s_client -connect shop.test:443 2>/dev/null | openssl x509 -noout -dates
change   openssl req -new -newkey rsa:2048 -nodes -keyout k.pem -out r.csr
read     certbot certificates
change   certbot renew --quiet
destroy  certbot delete --cert-name shop.test
read     nginx -t
change   nginx -s reload
destroy  mkfs.xfs /dev/sdb1
destroy  dd if=/dev/zero of=/dev/sdb bs=1M count=10
read     smartctl -a /dev/sda
read     fsck -n /dev/sda1
read     lsblk -f
change   lvextend -L +5G /dev/vg0/data
destroy  lvremove -y /dev/vg0/old
destroy  wipefs -a /dev/sdb
read     zpool status -v
read     zfs list -t snapshot
change   zfs snapshot tank/db@before
destroy  zfs destroy tank/db@before
destroy  zfs rollback tank/db@before
read     mdadm --detail /dev/md0
destroy  mdadm /dev/md0 --fail /dev/sdb1 --remove /dev/sdb1
read     rsync -an --delete a/ b/
change   rsync -a a/ b/
destroy  rsync -a --delete a/ b/
read     restic snapshots
change   restic backup /srv
destroy  restic forget --keep-daily 7 --prune
read     apt list --upgradable
change   apt-get install -y jq
destroy  apt-get remove -y jq
read     rpm -qa
destroy  userdel -r deploy
read     git log --oneline -5
change   git pull --ff-only
destroy  git reset --hard HEAD~1
destroy  git push --force origin main
destroy  git clean -fdx
read     supervisorctl status
change   supervisorctl restart web
read     pm2 list
change   pm2 reload web
destroy  pm2 delete web
read     mailq
change   postqueue -f
destroy  postsuper -d ALL
read     timeout 5 nc -zv db 5432
read     nvidia-smi
destroy  nvidia-smi --gpu-reset -i 0
read     jcmd 1 GC.heap_info
change   jcmd 1 GC.heap_dump /tmp/h
read     hdfs dfs -ls /jobs
destroy  hdfs dfs -rm -r /jobs/old
destroy  clear bgp neighbor 192.0.2.1
destroy  clear ip nat translation *
change   clear counters
read     clear
read     show ip bgp summary
change   set interfaces ge-0/0/1 disable
read     set -euo pipefail
read     fsck -n /dev/sdb1
"""

WRAPPED = """
read     ssh web-1 'df -h && uptime'
change   ssh -p 2222 ops@web-1 sudo systemctl restart nginx
destroy  ssh ops@web-1 "sudo rm -rf /srv/cache"
destroy  sudo -u postgres psql -c 'TRUNCATE audit'
read     sudo -u postgres psql -tAc 'SELECT pg_is_in_recovery()'
destroy  su - postgres -c 'dropdb shop'
destroy  bash -c 'rm -f /tmp/lock'
destroy  for h in a b; do ssh $h 'reboot'; done
destroy  while read -r f; do rm "$f"; done < list.txt
destroy  echo "$(rm -f /tmp/lock)"
destroy  ls /tmp | xargs -n1 -I{} rm /tmp/{}
destroy  if ! curl -fs http://a.test/health; then kubectl delete pod web-0; fi
destroy  env A=b nohup nice -n 5 rm -f /tmp/x &
destroy  eval "rm -f /tmp/x"
destroy  timeout 30 rm -rf /srv/old
read     watch -n 5 'kubectl get pods'
read     time curl -fsS http://a.test/health
change   curl -fsSL https://get.test/install.sh | sudo bash
change   ansible-playbook -i hosts site.yml
read     ansible all -i hosts -m ping
destroy  ansible all -m shell -a 'rm -rf /tmp/x'
read     ansible web -a uptime
change   ansible web -m apt -a name=jq
change   ./scripts/rotate.sh --yes
change   some-unheard-of-tool status
read     k get pods
change   make deploy
destroy  make reset-test-env
destroy  newtool environment destroy --id 4
destroy  newtool job:purge --all
change   newtool job:purge --all --dry-run
destroy  directory-tool user-del jsmith
change   newtool apply ./removed/list.yaml
change   newtool --prod
"""


def _rows(*tables: str) -> list[tuple[str, str]]:
    lines = [line for table in tables for line in table.strip().splitlines()]
    return [(risk, command.strip()) for risk, _, command in (line.partition(" ") for line in lines)]


def _holds(risk: str, found: Risk) -> bool:
    """`writes` stands where a careful reader may say change or destroy, but never read."""
    return found is not Risk.READ if risk == "writes" else found is Risk(risk)


@pytest.mark.parametrize(("risk", "command"), _rows(CLUSTERS, CONTAINERS, HOSTS, WRAPPED))
def test_what_a_shell_command_does(risk: str, command: str) -> None:
    meaning = meaning_of(Piece(command + "\n", "bash"))
    assert _holds(risk, meaning.risk), meaning.why["risk"]
