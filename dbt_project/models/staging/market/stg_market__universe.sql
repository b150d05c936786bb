with source as (

    select * from {{ source('reference', 'universe') }}

),

renamed as (

    select
        cast(ticker as varchar) as ticker,
        cast(start_dt as date) as start_dt,
        cast(coalesce(end_dt, date '9999-12-31') as date) as end_dt
    from source

)

select * from renamed
