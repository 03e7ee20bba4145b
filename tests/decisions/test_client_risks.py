"""What clients of clouds, stores, queues, Windows and SQL servers do to the world: the risk, then an invented command."""

import pytest

from runward.runbooks.classify import Piece, meaning_of
from runward.runbooks.model import Risk

CLOUDS = """
read     aws ec2 describe-instances --region eu-west-1
read     aws s3 ls s3://shop-backups/ --recursive
read     aws sts get-caller-identity
read     aws logs filter-log-events --log-group-name /shop/web
read     aws --profile prod rds describe-db-snapshots
read     aws cloudwatch get-metric-statistics --namespace AWS/RDS --period 60
read     aws rds wait db-instance-available --db-instance-identifier shop
change   aws rds reboot-db-instance --db-instance-identifier shop
change   aws s3 cp dump.sql.gz s3://shop-backups/
change   aws s3 sync ./site s3://shop-site
change   aws rds promote-read-replica --db-instance-identifier shop-2
change   aws autoscaling set-desired-capacity --auto-scaling-group-name a --desired-capacity 4
change   aws sns publish --topic-arn arn:aws:sns:eu-west-1:1:a --message hello
change   aws lambda invoke --function-name f out.json
destroy  aws rds delete-db-instance --db-instance-identifier shop
destroy  aws ec2 terminate-instances --instance-ids i-1
destroy  aws s3 rm s3://shop-backups/old --recursive
destroy  aws s3 rb s3://shop-old --force
destroy  aws s3 sync ./site s3://shop-site --delete
destroy  aws sqs purge-queue --queue-url https://sqs.test/q
destroy  aws ec2 revoke-security-group-ingress --group-id sg-1 --protocol tcp --port 22 --cidr 0.0.0.0/0
destroy  aws kms schedule-key-deletion --key-id k
destroy  aws ecr batch-delete-image --repository-name r --image-ids imageTag=a
read     gcloud compute instances list --project shop
read     gcloud run services describe web --region europe-west1
read     gcloud logging read 'severity>=ERROR' --limit 20
change   gcloud run services update-traffic web --to-revisions web-1=100
change   gcloud sql backups create --instance shop
change   gcloud projects add-iam-policy-binding shop --member user:a@shop.test --role roles/viewer
destroy  gcloud compute instances delete web-1 --quiet
destroy  gcloud sql instances delete shop
destroy  gcloud projects remove-iam-policy-binding shop --member user:a@shop.test --role roles/viewer
change   gcloud container clusters get-credentials west --zone a
change   az aks get-credentials -g shop -n west
read     gcloud run jobs list
change   gcloud run deploy web --image registry.test/web:2
change   vercel --prod
change   vercel
read     vercel ls
change   aws apigateway test-invoke-method --rest-api-id a --resource-id b --http-method POST
change   terraform providers lock
read     gh api repos/shop/web/releases
change   gh api repos/shop/web/issues -f title=a
read     gsutil ls gs://shop-backups
change   gsutil cp dump.gz gs://shop-backups/
destroy  gsutil rm -r gs://shop-backups/old
destroy  gsutil rsync -d ./a gs://shop-site
read     az vm list -g shop -o table
read     az aks show -g shop -n west
change   az vm restart -g shop -n web-1
change   az webapp deployment slot swap -g shop -n web --slot staging
destroy  az group delete -n shop --yes
destroy  az keyvault secret delete --vault-name v --name s
read     terraform plan
read     terraform state list
read     terraform output -json
change   terraform apply plan.bin
change   terraform import aws_s3_bucket.a shop
destroy  terraform destroy -target=module.web
destroy  terraform apply -destroy -auto-approve
destroy  terraform state rm aws_s3_bucket.a
read     gh run list --limit 5
change   gh workflow run deploy.yml
destroy  gh secret remove TOKEN
destroy  gh api -X DELETE repos/shop/web/releases/1
"""

HTTP = """
read     curl -fsS https://a.test/health
read     curl -I https://a.test
read     curl -s -H 'Authorization: Bearer x' https://a.test/api | jq .state
change   curl -X POST https://a.test/api/jobs
change   curl -sXPUT https://a.test/_settings -d '{}'
change   curl --data '{"a": 1}' https://a.test/api
change   curl --json '{}' https://a.test/api
change   curl -F file=@a.bin https://a.test/upload
destroy  curl -X DELETE https://a.test/api/jobs/1
destroy  curl -XDELETE 'http://search.test:9200/logs-2020*'
destroy  curl --request=DELETE https://a.test/api/jobs/1
change   curl -o tool.tar.gz https://a.test/tool.tar.gz
read     curl -s -o /dev/null -w '%{http_code}' https://a.test
read     wget -qO- https://a.test/health
change   wget https://a.test/tool.tar.gz
"""

STORES = """
read     psql "$DATABASE_URL" -c 'SELECT now()'
writes   psql -h db -f migrate.sql
writes   psql shop < dump.sql
destroy  psql -c "DELETE FROM sessions WHERE expired"
destroy  psql -Atc "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle'"
change   psql -c 'SELECT pg_reload_conf()'
change   psql -c 'VACUUM ANALYZE orders'
destroy  psql -c "SELECT pg_drop_replication_slot('old')"
read     pg_dump -s shop
writes   pg_dump -Fc shop | gzip > shop.dump.gz
change   migrate --noinput
destroy  pg_restore --clean -d shop shop.dump
writes   pg_restore -d shop shop.dump
destroy  dropdb shop
writes   pg_ctl promote -D /srv/pg
read     patronictl -c /etc/patroni.yml list
writes   patronictl switchover --force
destroy  patronictl reinit shop node-2
read     pgbackrest info
destroy  pgbackrest --stanza=shop restore --delta
read     mysql -e 'SHOW PROCESSLIST'
destroy  mysql -e 'KILL 4711'
destroy  mysql shop -e "DELETE FROM sessions"
writes   mysql shop < dump.sql
read     mysqladmin -u root status
destroy  mysqladmin drop shop
read     mongosh --quiet --eval 'rs.status()'
destroy  mongosh shop --eval 'db.sessions.drop()'
destroy  mongosh --eval 'db.sessions.deleteMany({})'
change   mongosh --eval 'rs.stepDown()'
read     redis-cli -h cache INFO memory
read     redis-cli --bigkeys
read     redis-cli SLOWLOG GET 10
change   redis-cli CONFIG SET maxmemory 1gb
destroy  redis-cli -n 2 FLUSHDB
destroy  redis-cli DEL session:1
destroy  redis-cli --scan --pattern 'tmp:*' | xargs redis-cli del
read     sqlite3 app.db 'SELECT count(*) FROM t'
destroy  sqlite3 app.db 'DELETE FROM t'
destroy  clickhouse-client -q 'DROP TABLE t'
read     nodetool status
change   nodetool repair -pr
destroy  nodetool decommission
read     etcdctl endpoint health --cluster
change   etcdctl defrag
destroy  etcdctl member remove 8e9e05c52164694d
destroy  etcdctl del /registry --prefix
read     consul members
destroy  consul kv delete app/flag
read     vault status
writes   vault operator seal
destroy  vault kv delete secret/app
read     nomad job status web
destroy  nomad job stop -purge web
read     ceph -s
read     ceph osd tree
change   ceph osd set noout
destroy  ceph osd purge 3 --yes-i-really-mean-it
destroy  rbd rm pool/image
read     mc ls store/backups
destroy  mc rm --recursive --force store/backups/old
"""

QUEUES = """
read     rabbitmqctl list_queues name messages consumers
read     rabbitmq-diagnostics check_running
change   rabbitmqctl set_policy ha '.*' '{"ha-mode":"all"}'
writes   rabbitmqctl stop_app
destroy  rabbitmqctl purge_queue orders
destroy  rabbitmqctl delete_queue orders
destroy  rabbitmqctl forget_cluster_node rabbit@b
destroy  rabbitmqctl reset
destroy  rabbitmqadmin purge queue name=orders
read     kafka-topics.sh --bootstrap-server k:9092 --describe --topic orders
change   kafka-topics --bootstrap-server k:9092 --alter --topic orders --partitions 6
destroy  kafka-topics.sh --bootstrap-server k:9092 --delete --topic orders
read     kafka-consumer-groups.sh --bootstrap-server k:9092 --describe --group g
destroy  kafka-consumer-groups.sh --bootstrap-server k:9092 --group g --reset-offsets --to-latest --topic t --execute
read     celery -A shop inspect active
destroy  celery -A shop purge -f
destroy  celery -A shop control shutdown
read     nats stream info ORDERS
destroy  nats stream purge ORDERS -f
"""

POWERSHELL = """
read     Get-Service -Name W32Time, DNS | Format-Table Name, Status
read     Test-NetConnection -ComputerName db1 -Port 1433
read     Get-EventLog -LogName System -Newest 20 | Where-Object { $_.EntryType -eq 'Error' }
read     Get-ChildItem C:\\Logs -Recurse | Sort-Object Length -Descending | Select-Object -First 10
read     Resolve-DnsName shop.test
read     Remove-Item C:\\Temp\\* -Recurse -WhatIf
change   Restart-Service -Name Spooler
change   Start-Service Spooler
change   Set-ItemProperty -Path HKLM:\\Software\\Shop -Name Level -Value 2
change   New-Item -ItemType Directory C:\\Dump
change   Copy-Item a.config b.config
change   Get-Process | Export-Csv C:\\Dump\\p.csv
change   Get-Service Spooler | Restart-Service
change   Invoke-RestMethod -Method Post -Uri https://a.test/jobs
destroy  Remove-Item -Path C:\\Logs\\*.log -Force
destroy  Get-ChildItem C:\\Logs -Filter *.log | Where-Object LastWriteTime -lt $old | Remove-Item
destroy  Stop-Process -Name worker -Force
destroy  Restart-Computer -ComputerName web1 -Force
destroy  Clear-EventLog -LogName Application
destroy  Format-Volume -DriveLetter E
destroy  Remove-ADUser -Identity jdoe
destroy  Invoke-RestMethod -Method Delete -Uri https://a.test/jobs/1
change   docker exec -u www web php occ app:enable files
destroy  docker exec web rm -rf /data
read     docker exec web df -h
destroy  kubectl exec web-0 -- rm -rf /data
writes   iisreset /noforce
writes   net stop Spooler
destroy  taskkill /F /IM worker.exe
read     ipconfig /all
read     repadmin /showrepl
"""

SQL = """
read     SELECT pid, state FROM pg_stat_activity WHERE state <> 'idle';
read     EXPLAIN ANALYZE SELECT * FROM orders WHERE id = 1;
read     SHOW max_connections;
read     WITH big AS (SELECT relname FROM pg_class) SELECT count(*) FROM big;
change   VACUUM (ANALYZE) orders;
change   CREATE INDEX CONCURRENTLY orders_at ON orders (at);
change   UPDATE orders SET state = 'new' WHERE id = 1;
change   ALTER SYSTEM SET work_mem = '64MB';
change   SELECT pg_reload_conf();
writes   SELECT pg_promote();
destroy  SELECT pg_terminate_backend(4711);
destroy  DELETE FROM sessions WHERE at < now() - interval '1 day';
destroy  TRUNCATE audit;
destroy  DROP INDEX orders_at;
destroy  EXPLAIN ANALYZE DELETE FROM sessions;
destroy  WITH gone AS (DELETE FROM sessions RETURNING id) SELECT count(*) FROM gone;
destroy  SELECT pg_drop_replication_slot('old');
writes   SELECT id INTO copy FROM orders;
writes   SELECT setval('orders_id_seq', 1);
writes   DO $$ BEGIN PERFORM 1; END $$;
writes   CALL archive_orders();
writes   COPY orders FROM '/tmp/orders.csv';
read     SHOW PROCESSLIST;
read     SHOW ENGINE INNODB STATUS;
destroy  KILL 4711;
destroy  PURGE BINARY LOGS BEFORE '2020-01-01';
writes   RESET MASTER;
writes   STOP REPLICA;
writes   SET GLOBAL read_only = 1;
"""


def _rows(*tables: str) -> list[tuple[str, str]]:
    lines = [line for table in tables for line in table.strip().splitlines()]
    return [(risk, command.strip()) for risk, _, command in (line.partition(" ") for line in lines)]


def _holds(risk: str, found: Risk) -> bool:
    """`writes` stands where a careful reader may say change or destroy, but never read."""
    return found is not Risk.READ if risk == "writes" else found is Risk(risk)


@pytest.mark.parametrize(("risk", "command"), _rows(CLOUDS, HTTP, STORES, QUEUES))
def test_what_a_client_does(risk: str, command: str) -> None:
    meaning = meaning_of(Piece(command + "\n", "bash"))
    assert _holds(risk, meaning.risk), meaning.why["risk"]


@pytest.mark.parametrize(("risk", "command"), _rows(POWERSHELL))
def test_what_a_powershell_command_does(risk: str, command: str) -> None:
    meaning = meaning_of(Piece(command + "\n", "powershell"))
    assert _holds(risk, meaning.risk), meaning.why["risk"]


@pytest.mark.parametrize(("risk", "statement"), _rows(SQL))
def test_what_a_statement_does(risk: str, statement: str) -> None:
    meaning = meaning_of(Piece(statement + "\n", "sql"))
    assert _holds(risk, meaning.risk), meaning.why["risk"]
