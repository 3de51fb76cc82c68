"""An account's own switches: disk encryption, contacts, image scans, the analyser."""

from __future__ import annotations

from stormproof.lab.aws.provider.kinds import Call, Kind, Look, lacking, replaced_by

_ON = Call("enable_ebs_encryption_by_default", take=(), uses=("enabled",), when=lambda here: here.get("enabled", True))
_OFF = Call(
    "disable_ebs_encryption_by_default", take=(), uses=("enabled",), when=lambda here: not here.get("enabled", True)
)
_CONTACT = {"AlternateContactType": "{alternateContactType}"}

KINDS = (
    Kind(
        "aws:ebs/encryptionByDefault:EncryptionByDefault", "ec2", "ebs-encryption-{region}", again=True,
        create=(_ON, _OFF),
        looks=(Look("get_ebs_encryption_by_default", {}, "@", {"enabled": "EbsEncryptionByDefault"}),),
        delete=(Call("disable_ebs_encryption_by_default", take=()),), replaces=replaced_by(""),
    ),
    lacking("aws:ebs/defaultKmsKey:DefaultKmsKey", "keyArn", "moto can set one, and neither tell nor reset it"),
    lacking("aws:ebs/snapshotBlockPublicAccess:SnapshotBlockPublicAccess", "",
            "moto has no snapshot block public access"),
    Kind(
        "aws:account/alternativeContact:AlternativeContact", "account", "{alternateContactType}", again=True,
        create=(Call("put_alternate_contact", {"Name": lambda here: here.get("name", "")}, uses=("name",)),),
        looks=(Look("get_alternate_contact", _CONTACT, "AlternateContact",
                    {"emailAddress": "EmailAddress", "phoneNumber": "PhoneNumber"}),),
        delete=(Call("delete_alternate_contact", _CONTACT, take=()),),
        replaces=replaced_by("alternateContactType accountId"),
    ),
    lacking("aws:account/primaryContact:PrimaryContact", "accountId", "moto has no put_contact_information"),
    lacking("aws:accessanalyzer/analyzer:Analyzer", "analyzerName type configuration", "moto has no Access Analyzer",
            arn="arn:aws:access-analyzer:{region}:{account}:analyzer/{analyzerName}"),
    Kind(
        "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration", "ecr", "{account}", again=True,
        create=(Call("put_registry_scanning_configuration"),),
        looks=(Look("get_registry_scanning_configuration", {}, "scanningConfiguration", {"scanType": "scanType"}),),
        delete=(Call("put_registry_scanning_configuration", {"scanType": "BASIC", "rules": []}, take=()),),
        outputs={"registryId": "{account}"}, replaces=replaced_by(""),
    ),
)  # fmt: skip
