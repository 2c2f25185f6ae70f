"""Fictional documents: no party, sum or agreement in them exists, and no sentence is from a filing."""

LETTER_OF_BANKS = """\
                          TOLLGATE SAVINGS BANK
                            40 Quay Street
                          Portland, Maine 04101

                                                  November 12, 1999

Fennimore Tool Works, Inc.
77 Foundry Lane
Bangor, Maine 04401
Attention:  Chief Financial Officer

     Re:  Revolving Credit Agreement dated as of April 3, 1996, as amended (the "Credit
          Agreement"), among Fennimore Tool Works, Inc. (the "Company"), the Banks party thereto
          and Tollgate Savings Bank, as Agent (all fictional)

Gentlemen:

     Capitalized terms used herein have the meanings given in the Credit Agreement.

     You have informed us that the Company was not in compliance with Sections 7.1 (Leverage Ratio) and
7.3(b) (Fixed Charge Coverage) of the Credit Agreement for the fiscal quarter ended September 30, 1999, and
have requested that the Banks waive the resulting Events of Default.

     We hereby waive the Company's compliance with Sections 7.1 and 7.3(b) of the Credit Agreement for the fiscal
quarter ended September 30, 1999. This waiver shall expire at 5:00 p.m. (New York time) on January 31, 2000.

     This waiver is limited to its terms and shall not be deemed a waiver of any other default. The Banks reserve all
of their rights and remedies.

                                        Very truly yours,

TOLLGATE SAVINGS BANK,                  HARROW STREET BANK, N.A.
  individually and as Agent

By: /s/ Ann Teller                      By: /s/ B. Banker
    --------------------                    ------------------
Name: Ann Teller                        Name: B. Banker
Title: Vice President                   Title: Director

Accepted and agreed to this 15th day of November, 1999:

FENNIMORE TOOL WORKS, INC.

By: /s/ C. Smith
    C. Smith, Treasurer
"""

FORBEARS = """\
EXHIBIT 10.22

                       FORBEARANCE AGREEMENT AND FIRST AMENDMENT

     This FORBEARANCE AGREEMENT AND FIRST AMENDMENT (this "Agreement") dated as of the 30th day of June, 2001, is
made by and
among BRAMBLE FOODS CORPORATION, a Delaware corporation having its principal place of business at 9 Mill Road,
Dover, Delaware (fictional), BRAMBLE TRANSPORT, LLC, a Delaware limited liability company ("Transport", and
together with
Bramble Foods Corporation, the "Borrowers"), the financial institutions listed on the signature pages hereof
(collectively, the "Lenders") and QUAYSIDE BANK, NATIONAL ASSOCIATION, as administrative agent for the Lenders (in
such
capacity, the "Agent").

                                    RECITALS

     A. The Borrowers, the Lenders and the Agent are parties to that certain Loan and Security Agreement dated as
of March 1, 1999, as
amended by that certain First Amendment dated as of July 9, 2000 (as so amended, the "Loan Agreement").

     B. Events of Default have occurred and are continuing under the Loan Agreement as a result of (i) the failure
of the
Borrowers to pay the installment of principal due on May 31, 2001; (ii) the Borrowers' failure to comply with
Section 8.12 of
the Loan Agreement for the fiscal quarter ended March 31, 2001; and (iii) the Borrowers' failure to deliver audited
financial statements by April 30, 2001 as required by Section 7.2(a) of the Loan Agreement (collectively, the
"Specified Defaults").

     NOW, THEREFORE, the parties agree as follows:

     1. Definitions. "Forbearance Period" means the period beginning on the Effective Date and ending on the
earliest to occur of (a)
September 28, 2001, (b) the date on which any Event of Default other than the Specified Defaults occurs, and (c)
the date on
which the Agent gives notice to the Borrowers of a breach of this Agreement.

     2. Forbearance. During the Forbearance Period, the Agent and the Lenders agree to forbear from exercising their
rights and remedies under the Loan Documents by reason of the Specified Defaults. Upon the occurrence of any such
other Event of Default, the
forbearance shall terminate automatically and without notice.

     3. Forbearance Fee. The Borrowers shall pay to the Agent a forbearance fee of $125,000, fully earned on the
date hereof.

     4. Conditions Precedent. This Agreement shall become effective on the date (the "Effective Date") on which
each of the
following conditions is satisfied:

     (a) the Agent shall have received this Agreement, duly executed by the Borrowers;

     (b) the Agent shall have received the fee in Section 3; and

     (c) no Default other than the Specified Defaults shall exist.

     5. Release. Each Borrower hereby releases and forever discharges the Agent and each Lender from all claims.

     6. Governing Law. THIS AGREEMENT SHALL BE GOVERNED BY THE LAWS OF THE STATE OF DELAWARE.

     IN WITNESS WHEREOF, the parties have executed this Agreement as of the date first above written.

BORROWERS:                         LENDERS:

BRAMBLE FOODS CORPORATION          QUAYSIDE BANK, NATIONAL
                                   ASSOCIATION, as Agent and as a Lender

By: /s/ D. Bramble                 By: /s/ E. Quay
   -----------------------            ------------------------
Name:  D. Bramble                  Name:  E. Quay
Title: President                   Title: Senior Vice President

BRAMBLE TRANSPORT, LLC             NORTH PIER CAPITAL CORP.

By: /s/ D. Bramble                 By: /s/ F. Pier
   -----------------------            ------------------------
Name:  D. Bramble                  Name:  F. Pier
Title: Manager                     Title: Vice President
"""

NOTEHOLDERS = """\
EXHIBIT 4.9

                            LIMITED WAIVER

     LIMITED WAIVER (this "Waiver"), dated as of February 14, 2003, to the Note Purchase Agreement, dated as of
October 1, 1998 (as
amended, the "Note Agreement"), among OSIER PAPER COMPANY (fictional) (the "Company") and the holders of the
Company's 8.25%
Senior Notes due October 1, 2008 (the "Notes").

     1. The undersigned, being the holders of at least 66-2/3% in aggregate principal amount of the Notes
outstanding, hereby waive,
for the period commencing December 31, 2002 through and including March 30, 2003 (the "Waiver Period"), compliance
by the Company with
paragraphs 6A(1) and 6B of the Note Agreement.

     2. The waiver in paragraph 1 shall automatically terminate, without any action by any holder, upon the
acceleration of any
other Indebtedness of the Company.

     3. The Company shall pay each holder a waiver fee equal to 25 basis points of the outstanding principal amount
of its Notes.

     4. Except as expressly waived hereby, the Note Agreement is ratified and shall remain in full force and effect.

     IN WITNESS WHEREOF, the undersigned have executed this Waiver.

                                   OSIER PAPER COMPANY

                                   By:  /s/ G. Reed
                                      ----------------------
                                   Its: Chief Financial Officer

                                   THE WINDLASS MUTUAL LIFE INSURANCE COMPANY

                                   By:  Windlass Advisors, Inc., its investment adviser

                                   By:  /s/ H. Winch
                                      ----------------------
                                   Its: Managing Director
"""

WITH_A_LIST = """\
                 THIRD AMENDMENT AND WAIVER TO CREDIT AGREEMENT

     THIS THIRD AMENDMENT AND WAIVER TO CREDIT AGREEMENT (this "Amendment"), is entered into as of the 9th day of
August,
2002, between SALLOW STEEL CO., an Ohio corporation (fictional) ("Borrower"), with an address at 5 Furnace Street,
Canton, Ohio
44702 and LANTERN NATIONAL BANK, a national banking association, with an office at 1 Square, Canton, Ohio ("Bank").

     WHEREAS, Borrower and Bank entered into a Credit Agreement dated January 5, 2000, as amended by a First
Amendment dated June 30, 2000 and a
Second Amendment dated as of May 15, 2001 (as amended, the "Credit Agreement");

     WHEREAS, Borrower is in default of the following covenants of the Credit Agreement (the "Existing Defaults"):

          (i) Section 9.3 (Minimum Tangible Net Worth), as of June 30, 2002; and

          (ii) Section 9.5 (Debt Service Coverage Ratio), for the four fiscal quarters ended June 30, 2002;

     WHEREAS, Borrower has requested that Bank waive the Existing Defaults;

     NOW THEREFORE, the parties agree:

     1. Waiver. Subject to the terms hereof, Bank waives the Existing Defaults. The foregoing waiver shall be null
and void if Borrower
fails to make the payment required by Section 3 by August 31, 2002.

     2. Fee. In consideration of this Amendment Borrower shall pay Bank an amendment fee in the amount of Ten
Thousand Dollars ($10,000.00).

     3. Conditions. The effectiveness of this Amendment is subject to receipt by Bank of (a) an executed copy
hereof, (b) the fee stated in Section 2, and (c)
a certificate of an officer of Borrower.

     4. No Other Waiver. Nothing herein shall constitute a waiver of any other default.

     5. Counterparts. This Amendment may be executed in two or more counterparts.

     IN WITNESS WHEREOF, the parties have executed this Amendment.

SALLOW STEEL CO.

By: /s/ I. Sallow
---------------------
I. Sallow
President

LANTERN NATIONAL BANK

By: /s/ J. Lantern
---------------------
J. Lantern
Vice President
"""

TEMPORARY = """\
Exhibit 99.3

CONSENT AND TEMPORARY WAIVER

Dated as of March 15, 2005

Reference is made to the Amended and Restated Credit Agreement dated as of December 20, 2003 (the "Credit
Agreement"), among Thistledown
Media, Inc. (fictional) (the "Borrower"), the lenders from time to time party thereto (the "Lenders") and
Copperfield Bank plc, as
administrative agent (the "Administrative Agent").

1. Temporary Waiver. The Required Lenders hereby waive, during the period from and including the date hereof to but
excluding the Waiver
Termination Date, any Default or Event of Default arising under Section 7.01(e) of the Credit Agreement as a result
of the failure
by the Borrower to deliver its annual audited financial statements for the fiscal year ended December 31, 2004.

2. "Waiver Termination Date" means the earlier of (i) April 29, 2005 and (ii) the date on which the trustee or the
holders of the
Borrower's 9 1/2% Senior Subordinated Notes due 2011 deliver a notice of default.

3. Consent. The Required Lenders agree that the sale of the Marlow property shall not constitute an Event of
Default under Section
6.05 of the Credit Agreement.

4. Effectiveness. This Consent and Temporary Waiver shall become effective as of the date hereof upon receipt by
the Administrative Agent of counterparts
executed by the Borrower and the Required Lenders.

5. This Consent shall be governed by the law of the State of New York and may be executed in any number of
counterparts.

THISTLEDOWN MEDIA, INC.

By:  /s/ K. Thistle
     Name: K. Thistle
     Title: Treasurer

COPPERFIELD BANK PLC, as Administrative Agent and as a Lender

By:  /s/ L. Copper
     Name: L. Copper
     Title: Director
"""

IN_NUMBERS = """\
                            WAIVER AGREEMENT

     WAIVER AGREEMENT dated as of 03/04/2000 between Gorse Shipping Limited (fictional) (the "Borrower") and
Spindrift Bank AG,
New York Branch (the "Lender").

     1. The Lender waives any Event of Default under Section 8.1(a) of the Term Loan Agreement dated as of June 2,
1997 between the Borrower and the
Lender arising from the Borrower's failure to pay interest and the commitment fee due on December 31, 1999,
provided that such waiver shall cease to be effective on
May 1, 2000.

     2. The Lender may revoke this waiver at any time upon three days' written notice to the Borrower if the
Borrower fails to comply with this
Waiver Agreement.

     Executed this 6th day of March, 2000.

GORSE SHIPPING LIMITED               SPINDRIFT BANK AG, NEW YORK BRANCH

By /s/ M. Gorse                      By /s/ N. Drift
   Name: M. Gorse                       Name: N. Drift
   Title: Director                      Title: Vice President

                                     By /s/ O. Foam
                                        Name: O. Foam
                                        Title: Associate
"""

PASSIVE = """\
               SECOND AMENDMENT AND LIMITED WAIVER

     This Second Amendment and Limited Waiver, effective as of September 30, 1998 (the "Effective Date"), is by and
between Pennant Oil
& Gas, L.P., a Texas limited partnership (fictional) (the "Borrower"), Pennant Holdings, Inc., as guarantor (the
"Guarantor"), and First
Bank of Alder and Trust Company, individually and as agent (the "Agent") for the lenders (the "Lenders") under that
certain Credit Agreement dated as of
May 1, 1997.

     Section 1. Limited Waiver. Compliance by the Borrower with the provisions of Section 6.14 of the Credit
Agreement is hereby waived for the
quarters ending September 30, 1998 and December 31, 1998.

     Section 2. The Agent and the Lenders hereby grant the Borrower a temporary waiver of the Borrowing Base
deficiency until the
close of business on November 30, 1998.

     Section 3. Except as amended, the Credit Agreement remains in full force and effect.

     EXECUTED as of the Effective Date.

                                         PENNANT OIL & GAS, L.P.
                                         By: Pennant Holdings, Inc., its general partner

                                         By:  /s/ P. Pennant
                                              P. Pennant
                                              President

                                         FIRST BANK OF ALDER AND TRUST COMPANY,
                                         individually and as Agent

                                         By:  /s/ Q. Alder
                                              Q. Alder
                                              Vice President
"""
