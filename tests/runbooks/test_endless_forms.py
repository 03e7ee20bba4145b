"""Commands that would follow for ever or take the terminal, in the forms people write, and ones that end."""

import pytest

from runward.runbooks.classify import Meaning, Piece, meaning_of

ENDLESS = [
    "tail -f /var/log/web.log",
    "sudo tail -F /var/log/web.log | grep ERROR",
    "journalctl -u web -f",
    "journalctl -fu web",
    "kubectl logs -f deploy/web -n shop",
    "kubectl -n shop logs deploy/web --follow",
    "docker compose logs -f --tail=20 web",
    "docker logs -f web 2>&1 | grep ERROR",
    "docker stats",
    "docker events",
    "docker --context shop container stats",
    "docker compose -f a.yml --profile web up --build",
    "docker compose up",
    "kubectl get pods -w",
    "kubectl -n shop get pods --watch",
    "kubectl port-forward svc/web 8080:80",
    "watch -n 5 kubectl get pods",
    "watch df -h",
    "top",
    "htop",
    "iotop -o",
    "vmstat 1",
    "iostat -x 2",
    "sar -n DEV 1",
    "ping 192.0.2.1",
    "tcpdump -i eth0 port 5432",
    "strace -p 4711",
    "while true; do date; sleep 1; done",
    "redis-cli MONITOR",
    "redis-cli --stat",
    "redis-cli -h cache SUBSCRIBE jobs",
    "psql -c 'SELECT 1 \\watch 2'",
    "ceph -w",
    "etcdctl watch --prefix /",
    "kafka-console-consumer.sh --bootstrap-server k:9092 --topic orders",
    "aws logs tail /shop/web --follow",
    "stern web",
    "ssh ops@web-1",
    "ssh -L 5433:db:5432 ops@bastion",
    "kubectl exec -it web-0 -- bash",
    "docker exec -it web sh",
    "psql -U app shop",
    "redis-cli",
    "mysql -u root -p",
    "mongosh",
    "vi /etc/web.conf",
    "sudo nano /etc/web.conf",
    "crontab -e",
    "kubectl edit deploy/web",
    "sudo -i",
    "python manage.py shell",
    "celery -A shop worker -l info",
    "npm run dev",
    "pm2 logs web",
    "newtool logs web --follow",
    "newtool logs -f web",
    "newtool jobs list --watch",
]

ENDING = [
    "newtool apply -f a.yaml",
    "newtool logs web --follow=false",
    "tail -n 50 /var/log/web.log",
    "journalctl -u web --since '10 min ago' --no-pager",
    "kubectl logs deploy/web --tail=50",
    "kubectl logs -l app=web -n shop",
    "docker stats --no-stream",
    "docker compose up -d",
    "docker compose -f a.yml logs --tail=20",
    "kubectl rollout status deploy/web --timeout=60s",
    "kubectl exec -it web-0 -- df -h",
    "docker exec -it db psql -U app -c 'SELECT 1'",
    "top -b -n 1 | head",
    "vmstat 1 5",
    "iostat -x 2 3",
    "ping -c 4 192.0.2.1",
    "tcpdump -c 20 -i eth0",
    "timeout 10 tail -f /var/log/web.log",
    "for i in 1 2 3; do date; sleep 1; done",
    "redis-cli ping",
    "psql -U app -c 'SELECT 1'",
    "psql -f a.sql",
    "mysql -e 'SHOW PROCESSLIST'",
    "ssh ops@web-1 uptime",
    "kafka-console-consumer.sh --bootstrap-server k:9092 --topic orders --timeout-ms 5000",
    "mc ls store/backups",
    "docker run -d --name web registry.test/web:1",
    "grep -f patterns.txt a.log",
    "rm -f /tmp/x",
    "tar -cf a.tar /srv",
    "curl -f http://a.test",
    "docker build -f Dockerfile .",
    "crontab -l",
    "aws logs tail /shop/web --since 10m",
    "helm upgrade -f values.yaml web ./chart",
    "kubectl wait --for=condition=ready pod/web-0 --timeout=60s",
    "docker exec cache redis-cli info stats",
    "docker compose exec cache redis-cli info stats",
    "docker compose exec web manage.py up",
    "python manage.py shell -c 'print(1)'",
    "docker system df",
]


def _meaning(command: str) -> Meaning:
    return meaning_of(Piece(command + "\n", "bash"))


@pytest.mark.parametrize("command", ENDLESS)
def test_what_would_not_end_is_known(command: str) -> None:
    assert _meaning(command).endless


@pytest.mark.parametrize("command", ENDING)
def test_what_ends_is_left_alone(command: str) -> None:
    assert not _meaning(command).endless
