"""What a deployment needs of AWS beside CloudFormation: account, buckets, functions, certificates."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from s3pypi_edge.keys import CONFIG, PACKAGES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from s3pypi_deploy.zones import Zone


OURS = (PACKAGES, CONFIG)  # what begins the keys of a repository
OUR_RULE = "deleted-releases"  # of the first stack's lifecycle: what deletes old versions
OUR_RULES = (OUR_RULE, "abandoned-uploads")


class Certificate(NamedTuple):
    """A certificate of CloudFront's region, and the names that it is for, with * for one label.

    ``records`` are what DNS has to say before it is issued, each as ``NAME TYPE VALUE``.
    """

    arn: str
    status: str
    names: tuple[str, ...]
    reason: str = ""
    records: tuple[str, ...] = ()

    def is_for(self, domain: str) -> bool:
        """Whether a client that asks for the domain is satisfied."""
        return domain in self.names or f"*.{domain.partition('.')[2]}" in self.names


class Protection(NamedTuple):
    """How a bucket keeps what is in it.

    ``is_owned`` is whether all objects are the bucket owner's, ``encryption`` the algorithm for new ones, and
    ``expires`` names the rules that delete current objects. ``keeps`` has, for each rule that deletes old
    versions, for how many days it keeps them. ``others`` names all rules that the first stack does not bring.
    """

    is_versioned: bool
    is_private: bool
    is_owned: bool
    encryption: str
    has_policy: bool
    expires: tuple[str, ...] = ()
    keeps: tuple[tuple[str, int], ...] = ()
    others: tuple[str, ...] = ()


class Surroundings(Protocol):
    """Every method raises AwsError; AwsBusy and AwsUnreachable say that it may work later."""

    def account(self) -> str:
        """The number of the account that the credentials belong to."""
        ...

    def bucket_region(self, name: str, account: str) -> str | None:
        """The region of a bucket of the account; None where there is none. Raises BucketNameTaken."""
        ...

    def protection(self, bucket: str, region: str, account: str) -> Protection:
        """How a bucket of the account is protected."""
        ...

    def store_code(self, bucket: str, key: str, body: bytes, account: str) -> bool:
        """Store a zip in a private, encrypted bucket of CloudFront's region; False if it is there already.

        The bucket is made where it is missing. Raises BucketNameTaken and NotLetGo.
        """
        ...

    def load_code(self, bucket: str, key: str, account: str) -> bytes | None:
        """What ``store_code`` stored; None where it is gone."""
        ...

    def certificate(self, arn: str) -> Certificate | None:
        """A certificate; None where there is none."""
        ...

    def functions(self) -> Sequence[str]:
        """The names of all functions of CloudFront's region."""
        ...

    def delete_function(self, name: str) -> bool:
        """Delete a function with all its versions; False while CloudFront still has copies of one."""
        ...

    def versions(self, function: str) -> Sequence[str]:
        """The numbered versions of a function; none where there is no such function."""
        ...

    def delete_version(self, function: str, version: str) -> bool:
        """Delete a version; False while CloudFront still has copies of it."""
        ...

    def foreign_keys(self, bucket: str, region: str, account: str) -> Sequence[str]:
        """The keys of what others keep in a bucket, beside what lies under ``OURS``."""
        ...

    def empty(self, bucket: str, region: str, account: str) -> Iterator[int]:
        """Delete every version of every object; give how many are gone so far, time and again."""
        ...

    def delete_bucket(self, bucket: str, region: str, account: str) -> None:
        """Delete an empty bucket; nothing is wrong if it is gone already."""
        ...

    def zone(self, zone_id: str) -> Zone | None:
        """A hosted zone of the account; None where there is none."""
        ...

    def records(self, zone_id: str, name: str) -> Sequence[str]:
        """What a hosted zone says about where a name leads: A, AAAA and CNAME, as lines for people."""
        ...

    def takes_acls(self, bucket: str, account: str) -> bool | None:
        """Whether objects in a bucket of the account may have ACLs; None where there is no bucket."""
        ...
