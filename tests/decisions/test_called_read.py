"""What people run to look around is called a read, so that nobody is asked to approve it."""

import pytest

from runward.runbooks.classify import Piece, meaning_of
from runward.runbooks.model import Risk

LOOKS = r"""
ls -lh /var/log | head -5
cat f | grep -i error | sort | uniq -c | sort -rn | head -20
df -h && free -m
ps aux --sort=-%mem | head
du -sh /var/* 2>/dev/null | sort -rh | head -20
find /var/log -name "*.log" -size +100M -exec ls -lh {} \;
find . -type f -mtime -1 -print0 | xargs -0 ls -la
awk '$9 >= 500 {print $7}' access.log | sort | uniq -c
awk -F: '{ if ($3 > 1000) print $1 }' /etc/passwd
sed -n '1,20p' f
sed 's/%//' f
sed -e 's/a/b/g' -e '/x/d' f
tail -n 100 f | grep "a\|b"
journalctl -u nginx --since "1 hour ago" --no-pager
systemctl status nginx
systemctl list-units --failed
sudo systemctl is-active x
service nginx status
curl -fsS http://localhost/health
curl -s -o /dev/null -w "%{http_code}\n" https://x
curl -I https://x
curl -sG http://p/api/v1/query --data-urlencode 'query=up'
curl -X GET -H "A: b" http://x | jq '.a'
wget -qO- http://x
echo | openssl s_client -connect a:443 2>/dev/null | openssl x509 -noout -dates
openssl x509 -in c.pem -noout -enddate
openssl rand -base64 32
dig +short x
ping -c 3 x
nc -zv h 5432
ss -tlnp
ip addr show
ip -br a
ip route
netstat -an | grep ESTABLISHED | wc -l
top -bn1 | head -20
vmstat 1 5
iostat -x 1 3
lsof -i :80
dmesg -T | tail
crontab -l
sysctl vm.swappiness
mount | grep nfs
date -u +%F
date -d "1 day ago" +%s
hostname -f
uptime
who
kubectl get pods -A -o wide
kubectl -n x describe pod y
kubectl logs -n x deploy/y --tail=100 --since=1h
kubectl top nodes
kubectl rollout status deploy/x -n y
kubectl rollout history deploy/x
kubectl get pods -o jsonpath='{.items[0].metadata.name}'
kubectl apply --dry-run=server -f x
kubectl auth can-i get pods
kubectl config current-context
kubectl exec -n x y -- df -h
kubectl exec deploy/x -- sh -c 'env | grep DB'
kubectl get events --sort-by=.lastTimestamp | tail -20
helm list -A
helm status x -n y
helm upgrade --dry-run a b
docker ps -a
docker logs --tail 100 x 2>&1 | grep -i error
docker inspect x --format '{{.State.Status}}'
docker stats --no-stream
docker compose ps
docker compose logs --tail=50 api
docker system df
docker exec x ls /app
docker compose exec -T db psql -U a -d b -c "SELECT 1;"
docker exec -i x redis-cli ping
psql -c "SELECT count(*) FROM pg_stat_activity WHERE state = 'active';"
psql "$DATABASE_URL" -Atc "select version()"
psql -h h -U u -d d -c "SELECT pid, now() - query_start AS d, query FROM pg_stat_activity ORDER BY d DESC LIMIT 5;"
psql -c "\dt+"
psql -l
psql -c "SHOW max_connections"
psql -c "EXPLAIN SELECT * FROM x"
psql -c "SELECT pg_size_pretty(pg_database_size(current_database()))"
psql -c "SELECT * FROM pg_stat_replication" -x
psql -c "WITH a AS (SELECT 1) SELECT * FROM a"
psql -c "SELECT slot_name, pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn) FROM pg_replication_slots"
psql <<< "select 1"
echo "select 1" | psql
mysql -e "SHOW PROCESSLIST"
mysql -u root -e "SHOW SLAVE STATUS\G"
mysqladmin -u root status
pg_isready -h x
pg_dump --schema-only x | head
pg_restore -l f
redis-cli INFO memory
redis-cli -h h -p 1 -a p ping
redis-cli --bigkeys
redis-cli --scan --pattern 'a*' | head
redis-cli CONFIG GET maxmemory
redis-cli slowlog get 10
redis-cli --cluster check h:1
mongosh --eval "rs.status()"
mongosh --quiet --eval "db.serverStatus().connections"
mongosh --eval 'db.orders.find({a:1}).limit(5)'
aws ec2 describe-instances --instance-ids x
aws s3 ls s3://x/ --recursive | tail
aws logs tail /x --since 1h
aws --region x rds describe-db-instances --query 'a'
aws sts get-caller-identity
gcloud compute instances list
gcloud logging read "x" --limit 10
az vm list -o table
az webapp show -n x -g y
terraform plan
terraform state list
vault status
vault kv get secret/x
consul members
nomad job status x
etcdctl endpoint health
rabbitmqctl list_queues name messages
rabbitmq-diagnostics -q ping
kafka-topics.sh --bootstrap-server x --list
kafka-consumer-groups.sh --bootstrap-server x --describe --group y
celery -A app inspect ping
git log --oneline -5
git status
git diff HEAD~1
git branch -a
git show abc
python -c "import secrets; print(secrets.token_hex(32))"
python3 --version
python manage.py showmigrations
alembic current
pip list
npm ls
nginx -t
certbot certificates
gzip -t f
tar -tzf f
zcat f | head
sha256sum f
jq -r '.a[]' f
ssh h 'df -h; free -m'
ssh -p 22 u@h uptime
ssh h <<< 'uptime'
sudo -u postgres psql -c "select 1"
timeout 5 bash -c '</dev/tcp/h/80'
time ls
for i in 1 2 3; do curl -s http://x; sleep 1; done
if [ "$(df / | tail -1 | awk '{print $5}' | sed 's/%//')" -gt 90 ]; then echo full; fi
while read l; do echo "$l"; done < f
A=$(kubectl get pod -o name | head -1); kubectl logs "$A"
[ -f x ] && echo yes || echo no
[[ $x == *.gz ]]
export A=b
set -euo pipefail
test -d x
true
echo "a > b"
ls &>/dev/null
ls >/dev/null 2>&1
grep -E "/$|/var" f
curl http://h:9090/api/v1/query?query=up
open http://h:9090/graph?g0.expr=rate(x{status="error"}[5m])
"""


@pytest.mark.parametrize("text", LOOKS.strip().split("\n"))
def test_looking_is_called_read(text: str) -> None:
    meaning = meaning_of(Piece(text, "bash"))
    assert meaning.risk is Risk.READ, meaning.why["risk"]
