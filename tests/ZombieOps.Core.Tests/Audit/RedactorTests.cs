using Xunit;
using ZombieOps.Audit;

namespace ZombieOps.Tests.Audit;

public sealed class RedactorTests
{
    private const string Jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N";

    [Theory]
    [InlineData("app --password=hunter2", "app --password=***")]
    [InlineData("app --password hunter2 --host db", "app --password *** --host db")]
    [InlineData("app --password -hunter2", "app --password ***")]
    [InlineData("app --password --token abc", "app --password --token ***")]
    [InlineData("app --password='a b' -v", "app --password=*** -v")]
    [InlineData("app --password 'a b' -v", "app --password *** -v")]
    [InlineData("app --db-password=x", "app --db-password=***")]
    [InlineData("app -password x", "app -password ***")]
    [InlineData("app --token abc", "app --token ***")]
    [InlineData("app --access-token=abc", "app --access-token=***")]
    [InlineData("app --secret abc", "app --secret ***")]
    [InlineData("app --client-secret=abc", "app --client-secret=***")]
    [InlineData("app --api-key abc", "app --api-key ***")]
    [InlineData("app apikey=abc", "app apikey=***")]
    [InlineData("java -Dspring.datasource.password=abc -jar a.jar", "java -Dspring.datasource.password=*** -jar a.jar")]
    [InlineData("java -DhttpProxyPassword=abc", "java -DhttpProxyPassword=***")]
    [InlineData("keytool -storepass changeit -alias a", "keytool -storepass *** -alias a")]
    [InlineData("PASSWORD=abc app", "PASSWORD=*** app")]
    [InlineData("env DB_PASS=abc app", "env DB_PASS=*** app")]
    [InlineData("PGPASSWORD=abc psql -h db", "PGPASSWORD=*** psql -h db")]
    [InlineData("MYSQL_PWD=abc mysqldump db", "MYSQL_PWD=*** mysqldump db")]
    [InlineData("AWS_SECRET_ACCESS_KEY=wJalr/bPx aws s3 ls", "AWS_SECRET_ACCESS_KEY=*** aws s3 ls")]
    [InlineData("aws configure set AKIAIOSFODNN7EXAMPLE", "aws configure set ***")]
    [InlineData("AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE aws", "AWS_ACCESS_KEY_ID=*** aws")]
    [InlineData("curl -H \"Authorization: Bearer abc.def\" https://h/", "curl -H \"Authorization: Bearer ***\" https://h/")]
    [InlineData("curl -H Authorization: Bearer abc.def https://h/", "curl -H Authorization: Bearer *** https://h/")]
    [InlineData("curl -H 'Authorization: Basic dXNlcjpwYXNz' https://h/", "curl -H 'Authorization: Basic ***' https://h/")]
    [InlineData("curl -H 'authorization: abc' https://h/", "curl -H 'authorization: ***' https://h/")]
    [InlineData("curl -H 'Authorization: Digest username=\"u\", response=\"abc\"' h", "curl -H 'Authorization: Digest *** ***' h")]
    [InlineData("curl -H 'X-Vault-Token: abc' h", "curl -H 'X-Vault-Token: ***' h")]
    [InlineData("curl -HX-Api-Key:abc h", "curl -HX-Api-Key:*** h")]
    [InlineData("curl --cookie 'a' -H 'Cookie: session=abc; other=def' h", "curl --cookie 'a' -H 'Cookie: *** ***' h")]
    [InlineData("curl -u user:pass https://h/", "curl -u user:*** https://h/")]
    [InlineData("curl -uuser:pass https://h/", "curl -uuser:*** https://h/")]
    [InlineData("/usr/bin/curl --user user:pass https://h/", "/usr/bin/curl --user user:*** https://h/")]
    [InlineData("curl --user=user:pass https://h/", "curl --user=user:*** https://h/")]
    [InlineData("git clone https://user:pass@host/repo.git", "git clone https://user:***@host/repo.git")]
    [InlineData("git clone https://user:p@ss@host/repo.git", "git clone https://user:***@host/repo.git")]
    [InlineData("worker amqp://u:p/w@mq:5672/vhost", "worker amqp://u:***@mq:5672/vhost")]
    [InlineData("git clone https://ghp_0123456789abcdefghijklmnopqrstuvwxyz@github.com/a/b", "git clone https://***@github.com/a/b")]
    [InlineData("app postgres://a:b@h1/db,postgres://c:d@h2/db", "app postgres://a:***@h1/db,postgres://c:***@h2/db")]
    [InlineData("app redis://:secret@cache:6379/0", "app redis://:***@cache:6379/0")]
    [InlineData("DATABASE_URL=postgres://a:b@h/db app", "DATABASE_URL=postgres://a:***@h/db app")]
    [InlineData("curl https://h/?user=a&token=abc&x=1", "curl https://h/?user=a&token=***&x=1")]
    [InlineData("app Server=db;Password=abc;Port=5432", "app Server=db;Password=***;Port=5432")]
    [InlineData("psql \"host=h password=abc dbname=d\"", "psql \"host=h password=*** dbname=d\"")]
    [InlineData("curl -d '{\"user\":\"a\",\"password\":\"b c\"}' h", "curl -d '{\"user\":\"a\",\"password\":\"***\"}' h")]
    [InlineData("curl -d {\"api_key\":\"abc\"} h", "curl -d {\"api_key\":\"***\"} h")]
    [InlineData("mysql -uroot -phunter2 db", "mysql -uroot -p*** db")]
    [InlineData("/usr/bin/mariadb-dump -phunter2 db", "/usr/bin/mariadb-dump -p*** db")]
    [InlineData("sshpass -p hunter2 ssh host", "sshpass -p *** ssh host")]
    [InlineData("sshpass -phunter2 ssh -p 22 host", "sshpass -p*** ssh -p 22 host")]
    [InlineData("redis-cli -h cache -a hunter2 ping", "redis-cli -h cache -a *** ping")]
    [InlineData("redis-server --requirepass hunter2", "redis-server --requirepass ***")]
    [InlineData("mongosh -u a -p hunter2", "mongosh -u a -p ***")]
    [InlineData("ldapsearch -D cn=a -w hunter2", "ldapsearch -D cn=a -w ***")]
    [InlineData("docker login -u a -p hunter2 reg", "docker login -u a -p *** reg")]
    [InlineData("openssl rsa -passin pass:hunter2", "openssl rsa -passin pass:***")]
    [InlineData("smbclient -U user%pass //h/s", "smbclient -U user%*** //h/s")]
    [InlineData("app " + Jwt, "app ***")]
    [InlineData("app x=" + Jwt + " y", "app x=*** y")]
    [InlineData("app glpat-0123456789abcdefghij", "app ***")]
    [InlineData("sh -c 'exec app --password hunter2 --host h'", "sh -c 'exec app --password *** --host h'")]
    [InlineData("psql -c \"ALTER USER a PASSWORD 'hunter2'\"", "psql -c \"ALTER USER a PASSWORD ***\"")]
    [InlineData("mysql -e \"CREATE USER a IDENTIFIED BY 'hunter2'\"", "mysql -e \"CREATE USER a IDENTIFIED BY ***\"")]
    [InlineData("app -----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY----- x", "app *** x")]
    [InlineData("app -----BEGIN PRIVATE KEY-----\nMIIE", "app ***")]
    public void A_secret_is_masked(string commandLine, string shown) => Assert.Equal(shown, Redactor.Redact(commandLine));

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("app --password-file /etc/app/pw --host h")]
    [InlineData("app --password-file=/etc/app/pw")]
    [InlineData("docker login --password-stdin reg")]
    [InlineData("app --token-ttl 5m")]
    [InlineData("app --secret-name db-credentials")]
    [InlineData("app --max-tokens 500")]
    [InlineData("app --tokenizer bert")]
    [InlineData("app --no-password --host h")]
    [InlineData("ansible-playbook --ask-become-pass site.yml")]
    [InlineData("app --bypass cache")]
    [InlineData("PWD=/root OLDPWD=/ app")]
    [InlineData("SSH_ASKPASS=/usr/bin/ask ssh h")]
    [InlineData("mysql -p db")]
    [InlineData("mysql -P3306 -hdb")]
    [InlineData("ssh -p 22 host")]
    [InlineData("docker run -p 8080:80 nginx")]
    [InlineData("cp -a from to")]
    [InlineData("curl -u user https://h/")]
    [InlineData("curl https://h:8443/path?x=1")]
    [InlineData("skopeo inspect docker://registry:5000/image@sha256:0123")]
    [InlineData("ssh git@github.com")]
    [InlineData("git clone ssh://git@github.com/a/b")]
    [InlineData("sleep 1000")]
    [InlineData("python -c 'print(\"it is\")'")]
    [InlineData("echo it's a \"test")]
    [InlineData("postgres: writer process")]
    [InlineData("nginx: worker process")]
    [InlineData("app --key=value --cert /etc/cert.pem -----BEGIN CERTIFICATE-----")]
    [InlineData("passwd root")]
    [InlineData("[kworker/0:1-events]")]
    public void What_is_no_secret_stays_as_it_is(string commandLine) => Assert.Equal(commandLine, Redactor.Redact(commandLine));

    [Fact]
    public void The_words_of_a_process_are_joined_with_blanks_and_masked()
    {
        Assert.Equal("curl -H Authorization: Bearer *** h", Redactor.Redact(["curl", "-H", "Authorization: Bearer abc", "h"]));
        Assert.Equal("app --password *** -v", Redactor.Redact(["app", "--password", "a b c", "-v"]));
        Assert.Equal("app --password=*** -v", Redactor.Redact(["app", "--password=a b c", "-v"]));
        Assert.Equal("app --password *** x", Redactor.Redact(["app", "--password", "it's", "x"]));
        Assert.Equal("sh -c mysql -p*** db", Redactor.Redact(["sh", "-c", "mysql -phunter2 db"]));
        Assert.Equal("app *** x", Redactor.Redact(["app", "-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n-----END OPENSSH PRIVATE KEY-----", "x"]));
        Assert.Equal("app it's here", Redactor.Redact(["app", "it's here"]));
        Assert.Equal("", Redactor.Redact((IReadOnlyList<string>)[]));
    }

    [Fact]
    public void Hostile_text_ends_and_is_never_longer_than_a_few_times_itself()
    {
        var random = new Random(7);
        string alphabet = "a=:/@-\"' &;{}?.eyJpassword\n\t\\%,(";
        for (int i = 0; i < 3000; i++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(200)).Select(_ => alphabet[random.Next(alphabet.Length)]));
            Assert.True(Redactor.Redact(text).Length <= 100 + (4 * text.Length));
            Redactor.Redact(text.Split(' '));
        }

        foreach (string piece in new[] { "'", "\"'", "://", "a=", "-----BEGIN ", "eyJ.", "--password ", "\" '", "://a:" })
        {
            string text = string.Concat(Enumerable.Repeat(piece, 20_000));
            Assert.True(Redactor.Redact(text).Length <= 100 + (4 * text.Length));
        }
    }
}
