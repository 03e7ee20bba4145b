"""Nothing that changes or destroys is ever called a read, however it is dressed."""

import pytest

from runward.runbooks.block.languages import executed_as
from runward.runbooks.classify import Piece, meaning_of
from runward.runbooks.model import Risk

FED_TO_A_SHELL = r"""
echo x | sh
echo 'rm -rf /' | bash
printf 'rm x' | sh
echo cm0= | base64 -d | bash
curl http://x | sh
bash <(curl http://x)
eval "$X"
eval ls
source f
. f
bash script.sh
sh -c "rm x"
bash -c 'rm x'
sudo -u a bash -c 'rm x'
su - a -c 'rm x'
cat f | ssh h sh
ssh h 'bash -s' < f
docker exec -i c sh < f
kubectl exec -i p -- sh < f
echo 'rm x' | kubectl exec -i p -- bash
cat f | ssh h 'cat > y'
trap 'rm x' EXIT
alias ls='rm -rf'
ls() { rm -rf /; }; ls
function f { rm x; }; f
f() ( rm x ); f
f() { curl "$@"; }; f -X DELETE http://x
f() { "$@"; }; f rm x
"""
DISGUISED = r"""
X=rm; $X -rf /
$CMD
${X:-rm} x
a=(rm x); "${a[@]}"
declare X=rm; $X y
read X; $X
printf -v X rm; $X y
for c in rm; do $c x; done
IFS=,; X=rm,x; $X
"r"m -rf x
r''m -rf x
r\m -rf x
\rm -rf x
$'\x72\x6d' x
{rm,-rf,/}
/bin/r?
/???/rm x
$(echo rm) x
`echo rm` x
"$(echo rm)" x
command rm x
builtin eval 'rm x'
ca\t > x
/tmp/ls
./ls
M=DELETE; curl -X $M http://x
curl -X "$M" http://x
O="-o f"; curl $O http://x
A="-delete"; find . $A
A=$(echo -delete); find . $A
B=$A; A=$(echo -delete); find . $B
for a in "x -delete"; do find $a; done
find . "$@"
find . {-name,-delete}
curl "$@"
set -- -delete; find . "$@"
LD_PRELOAD=/tmp/x ls
PATH=/tmp:$PATH ls
export PATH=/tmp; ls
export LD_PRELOAD=/tmp/x
env LD_PRELOAD=/tmp/x ls
sudo PATH=/tmp ls
BASH_ENV=/tmp/x bash -c ls
PAGER='rm x' git log
GIT_SSH_COMMAND='rm x' git fetch
PROMPT_COMMAND='rm x'
hash -p /tmp/x ls; ls
enable -f /tmp/x ls
mapfile -C 'rm x' -c 1 a < f
"""
NESTED = r"""
echo $(rm -rf x)
echo `rm -rf x`
echo "`rm -rf x`"
echo ${a:-$(rm x)}
echo $((1+$(rm x)))
cat <<< $(rm x)
diff <(ls) <(rm x)
cat <(curl -X DELETE http://x)
ls >(rm x)
[[ $(rm x) ]]
[ "$(rm x)" = a ]
((a=$(rm x)))
a[$(rm x)]=1
local a=$(rm x)
for i in $(rm x); do ls; done
case x in a) rm x;; esac
case $(rm x) in a) ls;; esac
if rm x; then ls; fi
if ls; then rm x; else ls; fi
if ls; then ls; elif rm x; then ls; fi
while rm x; do ls; done
until rm x; do ls; done
select i in a; do rm x; done
for ((i=0;i<1;i++)); do rm x; done
(rm x)
{ rm x; }
! rm x
time (rm x)
coproc rm x
ls; rm x
ls && rm x
ls || rm x
ls & rm x
ls | rm x
{ ls; } > f
(ls) > f
if true; then ls; fi > f
for i in a; do ls; done > f
ls | grep x | rm y 2>/dev/null | wc
while read l; do rm $l; done < f
while read l; do psql; done < f.sql
"""
WRAPPED = r"""
sudo rm x
sudo -n -u a -- rm x
doas rm x
runuser -u a -- rm x
env A=b rm x
env -i bash -c 'rm x'
env -S 'rm x'
nohup rm x &
setsid rm x
timeout 5 rm x
timeout -k 1 -s KILL 5 rm x
nice -n 5 rm x
ionice -c3 rm x
taskset 1 rm x
stdbuf -oL rm x
time rm x
watch rm x
watch -n 1 'ls; rm x'
flock /x rm y
flock /x -c 'rm y'
chroot /x rm y
nsenter -t 1 -m rm x
unshare rm x
systemd-run rm x
script -c 'rm x' /dev/null
strace rm x
busybox rm x
busybox sh -c 'rm x'
ls | xargs rm
ls | xargs -0 -n1 rm
ls | xargs -I{} sh -c '{}'
ls | xargs -I % % x
ls | xargs sh -c 'rm "$@"' _
ls | xargs curl
ls | xargs find
find . | xargs -0 rm
ls | xargs -n1 kill
lsof -t | xargs kill
kubectl get pods -o name | xargs kubectl delete
echo get | xargs kubectl
parallel rm ::: a b
ls | parallel rm
xargs -a f rm
find . -exec rm {} +
find . -ok rm {} \;
find . -execdir sh -c 'rm "$1"' _ {} \;
find . -exec {} \;
ssh h rm x
ssh h 'ls; rm x'
ssh h -p 22 rm x
ssh h "psql -c \"drop table x\""
ssh h "docker exec c psql -c 'drop table x'"
ssh h sudo systemctl stop x
ssh -o ProxyCommand='rm x' h ls
ssh $(echo h rm) x
docker exec c rm x
docker exec -it -u a c sh -c 'rm x'
docker exec c bash -c "echo 'drop table x' | psql"
docker run --rm a rm x
docker run a
docker --host x exec c rm y
docker compose exec db rm x
docker compose -f a.yml -p b exec -T db rm x
docker-compose exec -T db psql -c 'drop table x'
docker exec -i c psql < f.sql
echo "drop table x" | docker exec -i c psql
podman exec c rm x
kubectl exec p -- rm x
kubectl exec -it p -c c -n n -- sh -c "rm x"
kubectl --context y -n n exec p -- psql -c "delete from x"
kubectl run x --image=y --rm -it -- rm z
kubectl debug node/x -it --image=y -- rm z
oc rsh p rm x
lxc exec c -- rm x
multipass exec c -- rm x
vagrant ssh -c 'rm x'
gcloud compute ssh x --command='rm x'
aws ecs execute-command --cluster x --task y --interactive --command "rm x"
sudo su
sudo -i
sudo -e f
ssh h
kubectl exec -it p -- bash
"""
WRITES = r"""
> f
: > f
cat /dev/null > f
echo > f
echo x > f
echo x >> f
ls > f
ls 2> f
ls &> f
ls &>> f
ls >| f
ls <> f
exec > f
ls > /dev/sda
ls | tee f
ls | tee -a f
dd if=/dev/zero of=/dev/sda
dd if=a of=b
sed -i s/a/b/ f
sed -i.bak s/a/b/ f
sed --in-place s/a/b/ f
sed -n -i p f
sed -ni p f
sed -Ei s/a/b/ f
sed 's/a/b/w out' f
sed 's/a/rm x/e' f
sed 's|a|rm x|ge' f
sed '1e rm x' f
sed 'e' f
sed 'w out' f
sed -e p -e 'w out' f
sed -f script f
sort -o f f
sort f -of
sort --output=f f
sort --outp=f f
uniq a b
xxd a b
find . -delete
find . -fprintf f x
find . -fprint f
find . -fls f
awk 'BEGIN{system("rm x")}'
awk '{print > "f"}' a
awk '{print $1 >> "f"}' a
awk '{print $1 | "sh"}' a
awk '{ "rm x" | getline }' a
awk -f prog f
gawk -i inplace '{print}' f
curl -X DELETE http://x
curl -XDELETE http://x
curl -sX DELETE http://x
curl --request DELETE http://x
curl --request=PUT http://x
curl -d a=b http://x
curl --data-binary @f http://x
curl --json '{}' http://x
curl -F file=@x http://x
curl -T f http://x
curl -o f http://x
curl -O http://x
curl -sSLo f http://x
curl -K cfg
curl -X POST http://x/-/reload
curl -c jar http://x
curl http://x -H a -X PUT
wget http://x
wget -O f http://x
wget -qO- --post-data=x http://x
http DELETE x
http POST x a=b
http x a=b
openssl req -out f
openssl x509 -in a -out b
openssl genrsa -out k 2048
openssl enc -d -in a -out b
openssl rsa -in a -out b
tar -xf a
tar xf a
tar cf a b
tar xzOf a
tar -tf a --to-command=sh
tar tf a --checkpoint=1 --checkpoint-action=exec=sh
tar -tvf a -I 'sh -c rm'
gzip f
gunzip f
unzip f
zip a b
split f
patch < f
cp a b
mv a b
cp /dev/null f
mkdir x
touch x
chmod 777 x
chown a b
ln -s a b
rsync -a a b
rsync -a --delete a b
scp a b:
truncate -s 0 f
shred f
tree -o f
shuf -o f a
yq -i . f
rg --pre 'rm x' y
fd x -x rm
less '+!rm x' f
man -P 'rm x' ls
python x.py
./x
./deploy.sh
bin/x
make
make deploy
npm test
"""
SYSTEM = r"""
crontab -r
crontab f
crontab -e
echo x | crontab -
echo x | at now
journalctl --vacuum-time=1d
journalctl --rotate
sysctl -w a=b
sysctl a=b
sysctl -p
ip link set eth0 down
ip route flush cache
ip addr add 1.1.1.1 dev eth0
ip a del 1.1.1.1 dev eth0
ip -batch f
ip netns exec x rm y
ifconfig eth0 down
route add default gw x
iptables -F
iptables -A INPUT -j DROP
iptables -t nat -F
nft flush ruleset
ufw disable
ss -K
fuser -k 80/tcp
systemctl stop x
systemctl restart x
systemctl daemon-reload
systemctl --user restart x
systemctl kill x
sudo systemctl reboot
service x restart
/etc/init.d/x restart
supervisorctl stop x
pm2 delete x
pm2 restart x
kill -9 1
kill 1
kill -HUP 1
kill -s TERM 1
pkill x
killall x
reboot
shutdown -h now
mount /dev/sda /x
umount /x
mkfs.ext4 /dev/sda
fdisk /dev/sda
swapoff -a
lvremove x
zfs destroy x
mdadm --stop x
dmesg -C
history -c
date -s x
date 010100002020
hostname x
hostnamectl set-hostname x
timedatectl set-time x
useradd x
userdel x
passwd x
apt install x
apt-get -y upgrade
apt update
yum remove x
rpm -e x
dpkg -i x
pip install x
npm install
logrotate -f x
logger x
mail -s x a < f
certbot renew
nginx -s reload
nginx
apachectl restart
nc h 80 < f
nc -l 80 -e /bin/sh
tcpdump -w f
nmap -oN f x
git clean -fdx
git reset --hard
git push -f
git push origin :x
git checkout .
git -c core.pager='rm x' log
git log --output=f
git diff --ext-diff
git branch -D x
git stash drop
"""
CLUSTERS = r"""
docker rm x
docker restart x
docker system prune -af
docker volume rm x
docker compose down -v
docker compose up -d
docker compose restart x
kubectl delete pod x
kubectl drain n
kubectl apply -f x
kubectl scale --replicas=0 deploy/x
kubectl rollout restart deploy/x
kubectl $VERB pods
kubectl replace --force -f x
kubectl cp a b
kubectl -n x --context y delete pod z
kubectl -n get delete pod z
kubectl get pods; kubectl delete pods --all
kubectl config use-context x
kubectl label pod x a=b
helm uninstall x
helm upgrade a b
helm template x --output-dir y
terraform apply
terraform destroy
terraform apply -destroy
terraform plan -out f
terraform state rm x
terraform -chdir=x destroy
aws s3 rm s3://x
aws s3 cp a b
aws s3 sync a b --delete
aws --region x s3 rm s3://y
aws ec2 terminate-instances --instance-ids x
aws ec2 stop-instances --instance-ids x
aws rds delete-db-instance
aws s3api get-object --bucket a --key b f
aws ssm send-command --document-name x
aws lambda invoke --function-name x o
aws $X describe-y --delete
gcloud compute instances delete x
gcloud compute instances stop x
gcloud sql instances restart x
gsutil rm x
gsutil -m rm -r gs://x
az vm delete -n x
az vm stop -n x
crictl rm x
rclone delete x
rclone sync a b
restic forget x
velero restore create x
argocd app delete x
vault delete x
vault kv put a b=c
consul kv delete x
nomad job stop x
heroku pg:reset
fly destroy x
gh api -X DELETE x
gh repo delete x
ansible all -m shell -a 'rm x'
ansible-playbook x.yml
salt '*' cmd.run 'rm x'
virsh destroy x
rabbitmqctl purge_queue x
rabbitmqctl -n a@b stop_app
kafka-topics.sh --delete --topic x
kafka-consumer-groups.sh --reset-offsets --execute --all-topics
kafka-topics --create --topic x
kafka-console-consumer --topic x --group y
rpk topic delete x
rpk topic consume x -g y
etcdctl del x
etcdctl --endpoints x del y
celery -A x purge
celery -A x worker
nats stream purge x
"""
DATABASES = r"""
psql -c '\! rm x'
psql -c "\copy t to program 'sh'"
psql -c "select 'drop table x' \gexec"
psql -c "copy t to '/f'"
psql -c "copy t to program 'sh'"
psql < f.sql
psql -f f.sql
psql -f f.sql.gz
cat f | psql
zcat f | psql
pg_dump x | psql y
psql <<< "drop table x"
psql -c "select pg_terminate_backend(1)"
psql -c "select pg_catalog.pg_terminate_backend(1)"
psql -c 'select "pg_terminate_backend"(1)'
psql -c "select pg_cancel_backend(1)"
psql -c "select 1; delete from x"
psql -c "select 1" -c "drop table x"
psql -c "SELECT 1" -f drop.sql
psql -v ON_ERROR_STOP=1 -f migrate.sql
psql -c "with a as (delete from x returning 1) select * from a"
psql -c "with a as materialized (delete from x returning 1) select * from a"
psql -c "with a as (select 1) delete from x"
psql -c "explain analyze delete from x"
psql -c "explain (analyze true) delete from x"
psql -c "$Q"
psql -c "select 1 $(echo ';drop table x')"
Q=$(echo 'delete from x'); psql -c "select 1; $Q"
psql -o f -c "select 1"
psql -L f -c "select 1"
psql -Atc "drop table x"
psql --command="drop table x"
psql -c "select lo_unlink(1)"
psql -c "select setval('a',1)"
psql -c "select nextval('a')"
psql -c "select * into b from a"
psql -c "select 1 for update"
psql -c "select * from a for no key update"
psql -c "create table x as select 1"
psql -c "select dblink_exec('a','b')"
psql -c "select query_to_xml('delete from x',true,true,'')"
psql -c "select pg_reload_conf()"
psql -c "select pg_promote()"
psql -c "select pg_switch_wal()"
psql -c "do $$ begin delete from x; end $$"
psql -c "call p()"
psql -c "lock table x"
psql -c "select my_func()"
psql -c "refresh materialized view x"
psql -c "update x set a=1"
psql -c "truncate x"
psql -c "/* x */ drop table x"
psql -c "/* /* */ */ drop table x"
psql -c "select ';' ; drop table x"
psql -c "select E'\'' ; drop table x --'"
psql -c "select \$a\$ ' \$a\$; drop table x; --'"
psql -c "copy (delete from x returning 1) to stdout"
psql -c "begin; delete from x; commit"
psql -c "prepare a as delete from x"
psql -c "execute a"
psql -c "set role x; select f()"
mysql -e "drop table x"
mysql -e 'select 1 into outfile "/f"'
mysql -e "select 1; /*!50000 drop table x */"
mysql -e 'select "\\"; drop table x; -- "'
mysql -e 'select "a\"", 1; drop table x; -- "'
mysql < f
mysql -e "kill 5"
mysql -e "set global a=1"
mysql -e "source f"
mysqladmin shutdown
mongosh --eval 'db.x.drop()'
mongosh --eval 'db.x.deleteMany({})'
mongosh --eval 'db.x.insertOne({a:1})'
mongosh f.js
mongosh --eval 'db.x.aggregate([{$out:"y"}])'
mongosh --eval 'db["x"]["drop"]()'
mongosh --eval 'eval("x")'
mongosh --eval 'db.adminCommand({shutdown:1})'
sqlite3 f "delete from x"
sqlite3 f ".restore x"
redis-cli FLUSHALL
redis-cli flushdb
redis-cli -h x -p 1 DEL a
redis-cli -n 2 set a b
redis-cli EVAL "x" 0
redis-cli $CMD
redis-cli --eval f.lua
redis-cli -x set a < f
redis-cli --pipe < f
echo FLUSHALL | redis-cli
cat f | redis-cli
redis-cli config set maxmemory 1
redis-cli --rdb f
redis-cli CLIENT KILL x
redis-cli SHUTDOWN
redis-cli DEBUG SLEEP 1
redis-cli --cluster del-node a b
redis-cli --cluster call h:1 FLUSHALL
redis-cli replicaof no one
pg_ctl promote
pg_ctl restart
pg_restore -d x f
pg_dump -f f x
pg_dump x > f
createdb x
dropdb x
vacuumdb -a
initdb -D x
redis-server
pgsql x
"""
LANGUAGES = r"""
python -c 'import os; os.system("rm x")'
python3 -c "open('f','w').write('x')"
python3 - < f
cat f | python3
python -c "__import__('os').remove('x')"
python -c "import shutil; shutil.rmtree('x')"
python -m http.server
python3 -c 'exec("x")'
python3 -c 'getattr(__import__("os"),"system")("x")'
python3 -c "import subprocess; subprocess.run(['rm','x'])"
python3 -c "from os import system as s; s('x')"
python3 -c "import os as o; o.system('x')"
python3 -c "import sys; sys.modules['os'].system('x')"
python3 -c "[].__class__.__base__"
python3 -c "import os; list(map(os.system,['x']))"
python3 -c "import os; os.kill(1,9)"
python3 -c "import os; os.environ['A']='b'"
python3 -c "import requests; requests.delete('x')"
python3 -c "import json as os_, os; os.remove('x')"
python3 -c "import json; json = __import__('os'); json.system('x')"
python3 -c "print = __import__('os').system; print('rm x')"
python manage.py migrate
python manage.py flush
perl -e 'unlink "x"'
perl -pi -e 's/a/b/' f
ruby -e 'x'
node -e 'x'
php -r 'x'
java -jar x
alembic upgrade head
alembic downgrade -1
rails db:migrate
"""
SEVERAL_LINES = [
    "dir C:\\x\n$(rm y)",
    "type .\\x; rm y",
    "Get-Item x\n`rm y`",
    "Get-Item x > y",
    "ls # x\nrm y",
    "ls #\\\nrm x",
    "ls \\\n  ; rm x",
    "ls | wc -l\n\n# next\nrm x",
    'echo "1."\nls -a | grep x | wc -l\n\n# 6. Next\nrm -rf x\necho | cat',
    "cat <<EOF\n$(rm x)\nEOF",
    "cat <<'EOF'\nx\nEOF\nrm y",
    "cat <<EOF | bash\nrm x\nEOF",
    "bash <<'EOF'\nrm x\nEOF",
    "echo hi | sh <<EOF\nrm x\nEOF",
    "ssh h <<EOF\nrm x\nEOF",
    "psql <<EOF\ndrop table x;\nEOF",
    "docker exec -i c psql <<'EOF'\ndelete from x;\nEOF",
    'python <<EOF\nimport os\nos.remove("x")\nEOF',
    'cat <<"E O F"\nx\nE O F\nrm y',
    "cat <<E\\OF\nx\nEOF\nrm y",
    "cat <<-EOF\n\tx\n\tEOF\nrm y",
    "cat <<A; rm y\nx\nA",
    "cat <<A <<B\n1\nA\n2\nB\nrm y",
    "if true\nthen\n  rm x\nfi",
    "case $1 in\n  a) ls ;;\n  b) rm x ;;\nesac",
    "f() {\n  ls\n  rm x\n}",
    "while read a\ndo\n  rm $a\ndone < f",
    "ls (\nrm x",
    "open http://x/a(b)\nrm x",
    "open http://x/a(b) | rm x",
    "echo $(ls\nrm x)",
    "ls \\\n| rm x",
    "echo 'a\nb' ; rm x",
    'echo "a\n$(rm x)\nb"',
    "#!/bin/bash\n#\nrm x",
    "$ ls\n$ rm x",
    "user@host:~# rm x",
    "postgres=# drop table x;",
    "127.0.0.1:6379> flushall",
    ">>> import os\n>>> os.remove('x')",
    "mysql> delete from x;",
]


def _cases() -> list[str]:
    texts = (FED_TO_A_SHELL, DISGUISED, NESTED, WRAPPED, WRITES, SYSTEM, CLUSTERS, DATABASES, LANGUAGES)
    return [line for text in texts for line in text.strip().split("\n")] + SEVERAL_LINES


def test_what_is_judged_as_sql_never_reaches_a_shell() -> None:
    for lang in ("bash", "none", "text"):
        assert executed_as("SELECT $(rm x);", lang) == "sql"
        assert executed_as("ls -l", lang) == "bash"


@pytest.mark.parametrize("text", _cases())
def test_what_changes_or_destroys_is_never_called_read(text: str) -> None:
    assert meaning_of(Piece(text, "bash")).risk is not Risk.READ
