"""More fictional papers: how lenders sign on pages of their own, and rarer ways to waive.

Nobody in them exists; some stand in forms that filings have, such as pages of blank blocks.
"""

from __future__ import annotations

SIGNS_WITHOUT_COLONS = """\
                            SIXTH AMENDMENT AND LIMITED WAIVER
                                       TO THE
                                 LOAN AGREEMENT

                          Dated as of February 28, 2001

     SIXTH AMENDMENT AND LIMITED WAIVER TO THE LOAN AGREEMENT among Wendover Cable Holdings, Inc., a Delaware
corporation (the "PARENT"), Wendover Cable Corp., a Georgia corporation (the "BORROWER"), the banks and other
institutional lenders parties to the Loan Agreement referred to below (collectively, the "LENDERS"), and Aldgate
Bank, as agent (the "AGENT").

PRELIMINARY STATEMENTS:

(1) The Parent, the Borrower, the Lenders and the Agent have entered into a Loan Agreement dated as of August 12, 1998
(as amended, the "LOAN AGREEMENT").

(2) The Borrower has requested that the Lenders waive certain requirements.

SECTION 1. Waiver. The Lenders hereby waive, solely for the period commencing December 31, 2000 and ending on June 29,
2001, the requirements of Sections 5.04(a) and 5.04(c) of the Loan Agreement for the fiscal quarter ended December 31,
2000.

SECTION 2. Termination. The waiver in Section 1 shall terminate and be of no further effect, and the Lenders shall
have all of their rights as if it had not been given, upon the occurrence of a Default under Section 6.01(a).

IN WITNESS WHEREOF, the parties have caused this Amendment to be executed as of the date first above written.

WENDOVER CABLE HOLDINGS, INC.

By_____________________
Title:

WENDOVER CABLE CORP.

By_____________________
Title:

ALDGATE BANK,
as Agent and as Lender

By_____________________
Title:

By_____________________
Title:

FIRST MERE PRIME RATE
INCOME TRUST

By_____________________
Title: Senior Vice President & Director

HOLBECK & STRAND BANK
COMPANY

By_____________________
Title:

KINGSHAM FUNDING II LLC

By_____________________
Title:

11
<PAGE>

SANDMERE CAPITAL LTD.
By: Sandmere Advisers LLC, as Collateral Manager

By_____________________
Title:
"""

WITH_WITNESSES = """\
                          MODIFICATION AND WAIVER AGREEMENT

     THIS MODIFICATION AND WAIVER AGREEMENT is made this 3rd day of April, 2012 between TOLLER RIVER CO-OP, INC., a
Maryland corporation ("Toller"), TOLLER GRAIN, LLC, a Maryland limited liability company ("Grain," and collectively
with Toller, the "Borrowers") and PATAPSCO SAVINGS BANK (the "Bank").

     WHEREAS, the Borrowers and the Bank are parties to a Loan Agreement dated April 1, 2008 (the "Loan
Agreement"); and

     WHEREAS, the Borrowers did not meet the Debt Service Coverage Ratio required by Section 6.1 of the Loan
Agreement as of December 31, 2011 (the "Covenant Default");

     NOW, THEREFORE, the Bank hereby waives the Covenant Default. The foregoing waiver applies to the Covenant Default
only.

     IN WITNESS WHEREOF, the parties have executed this Agreement under seal.

ATTEST:                               TOLLER RIVER CO-OP, INC.
/s/ Wanda Witt                        By: /s/ T. Oller
By: Wanda Witt                        Name: T. Oller
Title:                                Title: Chief Executive Officer

[CORPORATE SEAL]

WITNESS:                              TOLLER GRAIN, LLC
/s/ Wanda Witt                        By: /s/ G. Rain
                                      Name: G. Rain
                                      Title: Manager

PATAPSCO SAVINGS BANK
By: /s/ P. Saver
Name: P. Saver
Title: Vice President

STATE OF MARYLAND, COUNTY OF KENT, to wit:

     I HEREBY CERTIFY, that on this 3rd day of April, 2012, before me, a Notary Public of the State, personally
appeared T. Oller, who acknowledged himself to be the Chief Executive Officer of the corporation.

                                      /s/ N. Public
                                      Notary Public
                                      My Commission Expires: May 1, 2014
"""

NO_DEFAULT_OF_IT = """\
                                                           June 4, 1999

Cawdor Textile Mills Corporation
P.O. Box 12
Gastonia, North Carolina

Attention: Treasurer

     Re: Note Agreements dated as of September 1, 1993 (the "Note Agreements")

Dear Sirs:

     Reference is made to the Note Agreements between Cawdor Textile Mills Corporation (the "Company") and each of the
undersigned. Terms defined in them are so used here.

     The Company has informed us that at May 1, 1999 its Consolidated Tangible Net Worth was less than the amount
which paragraph 6C requires. Subject to the next paragraph, the undersigned agree that such failure shall not
constitute an Event of Default through July 30, 1999.

     This waiver shall lapse forthwith, without any action by the undersigned, should the Company incur any Debt on or
after the date of this letter.

                                        Very truly yours,

                                        NORTHGATE ASSURANCE COMPANY

                                        By /s/ N. Gate
                                           Vice President

                                        PENHALLOW LIFE INSURANCE COMPANY
                                        By: Penhallow Asset Management, its investment adviser

                                        By /s/ P. Hallow
                                           Managing Director
"""

SERIES = """\
Exhibit 4.7

                WAIVER AND FIRST SUPPLEMENTAL INDENTURE

     This WAIVER AND FIRST SUPPLEMENTAL INDENTURE, dated as of July 19, 2013, is between LINDALE GAMING FINANCE
CORP., a Nevada corporation (the "Issuer"), the Guarantors named on the signature pages hereto and REDMILE TRUST,
N.A., as trustee (the "Trustee").

     WHEREAS, the Issuer has issued its 9 1/2% Senior Secured Notes due 2016 (the "2016 Notes") and its Floating Rate
Senior Notes 2014 (the "2014 Notes") under an Indenture dated as of April 12, 2009 between the Issuer and the
Trustee; and

     WHEREAS, holders of a majority of the 2016 Notes have consented hereto;

     1. The Holders hereby waive any Default or Event of Default under Section 4.03 of the Indenture arising from the
Issuer's failure to file its annual report on Form 10-K for the year ended December 31, 2012 by April 1, 2013.

     2. The waiver in Section 1 will be automatically revoked if the Issuer does not file such report on or prior to
September 30, 2013.

     IN WITNESS WHEREOF, the parties have signed.

LINDALE GAMING FINANCE CORP.

By: /s/ L. Dale
    Name: L. Dale
    Title: Treasurer

REDMILE TRUST, N.A., as Trustee

By: /s/ R. Mile
    Name: R. Mile
    Title: Trust Officer

LINDALE CASINO LLC, as Guarantor

By: /s/ L. Dale
    Name: L. Dale
    Title: Treasurer
"""

LENDERS_PAGES = """\
                              FORBEARANCE AGREEMENT

     FORBEARANCE AGREEMENT dated as of October 7, 2010 (this "Agreement") among WHITBY MARINE LLC (the "Borrower"),
WHITBY MARINE HOLDINGS LLC ("Holdings"), the other Loan Parties signatory hereto, the Lenders party hereto and ALNWICK
BANK PLC, as administrative agent and collateral agent (in such capacities, the "Agent").

     The Borrower, the Lenders and the Agent are parties to the First Lien Credit Agreement, dated as of May 3,
2007 (as amended by Amendment No. 1 thereto dated as of March 9, 2008, and Amendment No. 2 thereto dated as of June
30, 2009, the "Credit Agreement").

     "Anticipated Defaults" means the Events of Default set forth on Annex A.

     Section 1. Each Lender agrees that until the Forbearance Termination Date it shall forbear from exercising
remedies with respect to the Anticipated Defaults.

     Section 2. "Forbearance Termination Date" shall mean the earliest to occur of: (i) 5:00 p.m. (New York City
time) on November 30, 2010; (ii) the failure of the Borrower to comply with any term of this Agreement; and (iii)
the date on which any Lender delivers notice of termination.

     IN WITNESS WHEREOF, the parties hereto have executed this Agreement.

                              WHITBY MARINE LLC, as Borrower

                              By: /s/ W. Marine
                                 Name: W. Marine
                                 Title: Manager

                              WHITBY MARINE HOLDINGS LLC, as Holdings

                              By: /s/ W. Marine
                                 Name: W. Marine
                                 Title: Manager

                              WHITBY TOWAGE LLC, as a Guarantor

                              By: /s/ W. Marine
                                 Name: W. Marine
                                 Title: Manager

                [Signature Page to Forbearance Agreement]

                              ALNWICK BANK PLC,
                              as Administrative Agent, Collateral Agent and a Lender

                              By: /s/ A. Wick
                                 Name: A. Wick
                                 Title: Director

                [Signature Page to Forbearance Agreement]

                              CRASTER SENIOR LOAN FUND, L.P., as a Lender
                              By: Craster GP LLC, its general partner
                              By: Craster Capital LLC, its managing member

                              By: /s/ C. Raster
                                 Name: C. Raster
                                 Title: Portfolio Manager

                [Signature Page to Forbearance Agreement]

                              Name of Lender: EMBLETON BANK

                              By: /s/ E. Bleton
                                 Name: E. Bleton
                                 Title: Vice President

Annex A

1. Failure to pay the interest due on October 15, 2010.

2. Failure to comply with Section 6.10(a) for the fiscal quarter ended September 30, 2010.
"""

SUBJECT_TO = """\
                            SECOND LIMITED CONSENT AND WAIVER

     This Second Limited Consent and Waiver, dated March 31, 2022, is made by and among Ludgrove Health, Inc.
("Borrower"), the subsidiaries of Borrower identified on the signature pages hereto as guarantors (the
"Guarantors"), and Marlow Growth Lending Fund, L.P., in its capacity as lender ("Lender").

     Borrower and Lender are parties to the Loan and Security Agreement dated December 18, 2019, as previously
amended.

     Lender consents to the formation of Ludgrove Clinics LLC and waives compliance with Section 7.3 in connection
with that formation, and further waives Borrower's failure to provide audited financial statements for fiscal year
2021 as required by Section 6.2(d) within the time required by such Section; provided that Borrower provides them
by May 31, 2022.

     The waivers above are limited as written.

     IN WITNESS WHEREOF, the parties have signed.

BORROWER:
LUDGROVE HEALTH, INC.

By: /s/ L. Grove
Name: L. Grove
Title: CEO

GUARANTORS:
LUDGROVE CLINICS LLC
By: Ludgrove Health, Inc., its sole member

By: /s/ L. Grove
Name: L. Grove
Title: CEO

LENDER:
MARLOW GROWTH LENDING FUND, L.P.
By: Marlow Management, L.P., as manager on behalf of Marlow Growth Lending Fund, L.P.

By: /s/ M. Low
Name: M. Low
Title: Authorized Person
"""
