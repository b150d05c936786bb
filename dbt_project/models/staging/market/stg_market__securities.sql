with source as (

    select * from {{ source('reference', 'securities') }}

),

renamed as (

    select
        cast(ticker as varchar) as ticker,
        cast(name as varchar) as security_name,
        cast(sector as varchar) as sector
    from source

)

select * from renamed
